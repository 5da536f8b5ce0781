#include "json_lines.hpp"
#include "progress.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <sluice/stream/consumer.hpp>
#include <sluice/stream/group_consumer.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

struct consume_flags {
  std::string url = default_url;
  std::vector<std::string> names;
  std::string group;
  std::string consumer;
  std::string start;
  std::string ack = "after-print";
  std::uint64_t count = 0;
  double timeout = -1;
};

start start_of(const std::string& text, start otherwise) {
  if (text.empty()) return otherwise;
  if (text == "earliest") return start::earliest();
  if (text == "latest") return start::latest();
  if (const auto id = entry_id::parse(text)) return start::after(*id);
  throw error(
      errc::invalid_argument,
      "--start wants earliest, latest or an id such as 1526919030474-0, not '" + text + "'");
}

waiting waiting_of(const consume_flags& flags) {
  if (flags.timeout < 0) return waiting::for_ever();
  if (flags.timeout == 0) return waiting::none();
  return waiting::up_to(std::chrono::milliseconds(static_cast<std::int64_t>(flags.timeout * 1e3)));
}

/// Prints an entry; false once the reader has gone.
bool print(const entry& what) {
  std::cout << line_of(what) << '\n' << std::flush;
  return static_cast<bool>(std::cout);
}

boost::asio::awaitable<int> follow(const consume_flags& flags, client redis,
                                   stop_signal& stopping) {
  streams what(flags.names.front(), start_of(flags.start, start::latest()));
  for (std::size_t i = 1; i < flags.names.size(); ++i) {
    what.stream(flags.names[i], start_of(flags.start, start::latest()));
  }
  consumer reader(redis, what.wait(waiting_of(flags)));
  stopping.on_request([&reader] { reader.close(); });
  progress shown("read");
  while (flags.count == 0 || shown.count() < flags.count) {
    const auto next = co_await reader.get_entry();
    if (!next || !print(*next)) break;
    shown.add();
  }
  shown.finish();
  co_return stopping.requested() ? static_cast<int>(interrupted) : static_cast<int>(ok);
}

boost::asio::awaitable<int> share(const consume_flags& flags, client redis, stop_signal& stopping) {
  group what(flags.group);
  if (!flags.consumer.empty()) what.consumer(flags.consumer);
  for (const auto& name : flags.names) what.stream(name);
  what.auto_create(start_of(flags.start, start::earliest())).wait(waiting_of(flags));
  what.auto_acknowledge(flags.ack == "auto");
  // What is asked for is what is taken: nothing stays pending that nobody printed.
  if (flags.count > 0) what.prefetch(0);
  group_consumer member(redis, what);
  stopping.on_request([&member] { member.close(); });
  progress shown("read");
  while (flags.count == 0 || shown.count() < flags.count) {
    auto next = co_await member.get_entry();
    if (!next || !print(*next)) break;
    if (flags.ack == "after-print") std::move(*next).ack_later();
    shown.add();
  }
  co_await member.flush();
  shown.finish();
  co_return stopping.requested() ? static_cast<int>(interrupted) : static_cast<int>(ok);
}

boost::asio::awaitable<int> consume(const consume_flags& flags, client redis,
                                    stop_signal& stopping) {
  co_await redis.connect();
  int code = 0;
  if (flags.group.empty()) {
    code = co_await follow(flags, redis, stopping);
  } else {
    code = co_await share(flags, redis, stopping);
  }
  co_return code;
}

}  // namespace

void add_consume(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("consume", "Print the entries of streams");
  verb->footer(
      "Prints {\"stream\":...,\"id\":...,\"fields\":{...}} a line. A byte that is no UTF-8 is "
      "shown\n"
      "as U+FFFD and two hexadecimal digits; a field name that comes again as name#2, name#3, ...\n"
      "Without --group every reader sees every entry; with it the members share them. Examples:\n"
      "  sluice consume orders --start earliest --timeout 0\n"
      "  sluice consume orders --group billing --consumer billing-1");
  const auto flags = std::make_shared<consume_flags>();
  add_url(*verb, flags->url);
  verb->add_option("streams", flags->names, "The streams")->required();
  verb->add_option("--group", flags->group, "Read as a member of this group");
  verb->add_option("--consumer", flags->consumer, "The member's name; one is made up without it");
  verb->add_option("--start", flags->start,
                   "earliest, latest or an id; where a new group, or a reader, begins");
  verb->add_option("--count", flags->count, "Stop after so many entries");
  verb->add_option("--timeout", flags->timeout,
                   "Stop when nothing came for so many seconds; 0 prints what is there");
  verb->add_option("--ack", flags->ack,
                   "auto: when handed out; after-print: when printed; never: stays pending")
      ->check(CLI::IsMember({"auto", "never", "after-print"}))
      ->capture_default_str();
  verb->callback([&code, flags] {
    code = run(flags->url, [flags](client redis, stop_signal& stopping) {
      return consume(*flags, std::move(redis), stopping);
    });
  });
}

}  // namespace sluice::cli
