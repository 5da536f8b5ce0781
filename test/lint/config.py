"""What the rules of this repository are about. The rules themselves are in rules/."""

# Every floor with the floors it may include.
_STAIRS = [["core"], ["resp"], ["redis"], ["stream"], ["group"], ["list", "topic"], ["outbox"],
           ["app", "flow", "mailbox", "admin"], ["kafka", "process"], ["testing"], ["cli"]]
FLOORS = {floor: {lower for step in _STAIRS[:height] for lower in step} | {floor}
          for height, step in enumerate(_STAIRS) for floor in step}

# Parts that know no Asio: they are tested without sockets, clocks and threads. Prefixes of paths
# below include/sluice/ and lib/.
PURE = [
    "admin/facts",
    "admin/figure",
    "admin/finding",
    "admin/group_view",
    "admin/server_facts",
    "admin/watch_book",
    "app/cron",
    "app/due_ticks",
    "app/named_zone",
    "app/no_named_zones",
    "app/schedule.",
    "app/time_zone",
    "core/",
    "resp/",
    "app/app_options",
    "app/carrier",
    "app/kafka_address",
    "app/kafka_carrier",
    "list/list_isolation",
    "list/pop_cycle",
    "app/streams_string",
    "app/topic_prefix",
    "process/crew_plan",
    "process/process_event",
    "process/restart_pause",
    "redis/backoff",
    "redis/capabilities",
    "redis/command",
    "redis/counters",
    "redis/doorbells",
    "redis/engine",
    "redis/receive_window",
    "redis/guard",
    "redis/handshake",
    "redis/options",
    "redis/out_log",
    "redis/reply",
    "redis/request_queue",
    "redis/step_numbers",
    "redis/url",
    "redis/wire_request",
    "group/clock_watch",
    "group/hands",
    "group/retry_policy",
    "group/roster",
    "list/list_end",
    "list/list_isolation",
    "list/pop_cycle",
    "mailbox/box_keys",
    "kafka/attempt_mark",
    "kafka/offset_ledger",
    "outbox/batch",
    "outbox/dialect",
    "outbox/identifier",
    "outbox/ledger",
    "outbox/message_id",
    "outbox/publisher_options",
    "outbox/sql_time",
    "outbox/statements",
    "outbox/table.",
    "stream/entry",
    "stream/fields",
    "stream/intervals",
    "stream/producer_identity",
    "stream/read_cycle",
    "stream/start",
    "stream/waiting",
    "topic/malformed_message",
    "topic/topic_keys",
    "topic/topic_message",
]
# Where Asio enters the floors named above.
IMPURE = [
    "admin/facts",
    "admin/figure",
    "admin/finding",
    "admin/group_view",
    "admin/server_facts",
    "admin/watch_book",
    "app/cron",
    "app/due_ticks",
    "app/named_zone",
    "app/no_named_zones",
    "app/schedule.",
    "app/time_zone",
    "core/clock.hpp",
    "core/error.cpp",
    "core/result.hpp",
    "core/system_clock.cpp",
]

# The only places of the library that ask the system for time or randomness. The tool and the test
# kit face people and processes, and are free to.
AMBIENT = ["lib/core/system_clock.cpp", "lib/core/system_random.cpp", "lib/testing/", "lib/cli/"]

FILE_LINES = 500
FUNCTION_LINES = 60
FUNCTION_LINES_AT_MOST = 80
COLUMNS = 100
