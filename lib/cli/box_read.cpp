#include "cli/box.hpp"
#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/json_entry.hpp"
#include "cli/json_object.hpp"
#include "cli/line_sink.hpp"
#include "cli/progress.hpp"

#include <sluice/core/result.hpp>
#include <sluice/mailbox/mailbox.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

constexpr std::size_t most_at_once = 512;

struct box_read_flags {
  box_place where;
  std::vector<std::string> channels;
  std::string client;
  std::string start = "current";
  std::optional<std::uint64_t> count;
  std::optional<double> timeout;

  mailbox_start from() const {
    if (start == "earliest") return mailbox_start::earliest;
    return start == "latest" ? mailbox_start::latest : mailbox_start::current;
  }
  waiting patience() const {
    if (!timeout) return waiting::for_ever();
    const std::chrono::duration<double> limit(*timeout);
    if (limit.count() == 0) return waiting::none();
    return waiting(std::chrono::duration_cast<std::chrono::milliseconds>(limit));
  }
};

std::string line_of(const std::string& channel, const mailbox_message& what) {
  json_object object;
  object.text("channel", channel).number("id", what.id());
  if (what.readable()) {
    std::string data;
    append_json(data, boost::json::serialize(what.data()));
    object.number("ts", std::int64_t{what.time().time_since_epoch().count()});
    object.text("src", what.source()).json("data", data);
  } else {
    object.null("ts").null("src").null("data").text("raw", what.text());
  }
  return object.line();
}

/// The lines of what a read brought, and which message each of them is.
struct printable {
  struct place {
    std::string channel;
    std::uint64_t id;
  };

  printable(const mailbox_messages& from, std::uint64_t most) {
    for (const auto& [channel, messages] : from) {
      for (const auto& each : messages) {
        if (places.size() == most) {
          complete = false;
          return;
        }
        lines.push_back(line_of(channel, each));
        places.push_back({channel, each.id()});
      }
    }
  }

  std::vector<std::string> lines;
  std::vector<place> places;
  bool complete = true;
};

/// Prints messages; they count as read once standard output has taken their lines.
class box_reader {
 public:
  box_reader(const box_read_flags& flags, session& here)
      : flags_(flags),
        here_(here),
        box_(here.redis, flags.client,
             mailbox_options().layout(flags.where.layout()).commit_by_hand()),
        out_(here.redis.get_executor(), STDOUT_FILENO),
        shown_("read", STDOUT_FILENO) {}
  box_reader(const box_reader&) = delete;
  box_reader& operator=(const box_reader&) = delete;

  asio::awaitable<int> run();

 private:
  asio::awaitable<void> read_all();
  asio::awaitable<mailbox_messages> read();
  asio::awaitable<void> subscribe();
  asio::awaitable<void> print(const mailbox_messages& what);
  asio::awaitable<void> commit(const printable& what, std::size_t printed);
  bool over() const noexcept { return here_.stop.made() || out_.abandoned() || left() == 0; }
  std::uint64_t left() const noexcept {
    return flags_.count ? *flags_.count - shown_.count() : UINT64_MAX;
  }

  const box_read_flags& flags_;
  session& here_;
  mailbox box_;
  line_sink out_;
  asio::cancellation_signal ended_;
  progress shown_;
};

asio::awaitable<int> box_reader::run() {
  const auto stop = [this] {
    out_.stop();
    ended_.emit(asio::cancellation_type::terminal);
  };
  const on_stop while_running(here_.stop, stop);
  // Who reads our output may leave while nothing comes.
  out_.when_abandoned([this] { ended_.emit(asio::cancellation_type::terminal); });
  const auto subscribed = co_await as_result(subscribe());
  if (subscribed.has_error() && !over()) throw subscribed.error();
  if (subscribed) co_await read_all();
  shown_.finish();
  const bool fewer = flags_.count && left() > 0;
  if (fewer && !out_.abandoned() && !here_.stop.made()) {
    complain("only " + messages_text(shown_.count()) + " came");
  }
  co_return fewer && !out_.abandoned() ? fell_short : ok;
}

asio::awaitable<void> box_reader::read_all() {
  while (!over()) {
    const auto came = co_await as_result(read());
    if (came.has_error() && over()) co_return;
    const auto& messages = came.value();
    if (messages.empty()) co_return;
    co_await print(messages);
  }
}

asio::awaitable<void> box_reader::subscribe() {
  auto subscribing = box_.subscribe(flags_.channels, flags_.from());
  auto cancellable = asio::bind_cancellation_slot(ended_.slot(), asio::use_awaitable);
  auto waiting_for =
      asio::co_spawn(here_.redis.get_executor(), std::move(subscribing), cancellable);
  co_await std::move(waiting_for);
}

// The wait alone is cancelled: what is printed afterwards has to be committed.
asio::awaitable<mailbox_messages> box_reader::read() {
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(most_at_once, left()));
  auto reading = box_.read(flags_.patience(), most);
  auto cancellable = asio::bind_cancellation_slot(ended_.slot(), asio::use_awaitable);
  auto waiting_for = asio::co_spawn(here_.redis.get_executor(), std::move(reading), cancellable);
  mailbox_messages came = co_await std::move(waiting_for);
  co_return came;
}

asio::awaitable<void> box_reader::print(const mailbox_messages& what) {
  printable all(what, left());
  const auto printed = co_await out_.write(all.lines);
  co_await commit(all, printed);
  shown_.add(printed);
}

// Where not all was printed, each channel is done with up to its last message that was.
asio::awaitable<void> box_reader::commit(const printable& what, std::size_t printed) {
  if (what.complete && printed == what.places.size()) {
    co_await box_.commit();
    co_return;
  }
  for (std::size_t i = 0; i < printed; ++i) {
    const auto& [channel, id] = what.places[i];
    const bool last = i + 1 == printed || what.places[i + 1].channel != channel;
    if (last) co_await box_.commit(channel, id);
  }
}

asio::awaitable<int> read_lines(const box_read_flags& flags, session& here) {
  box_reader printing(flags, here);
  const int code = co_await printing.run();
  co_return code;
}

}  // namespace

void add_box_read(CLI::App& box, int& code) {
  auto* const verb = box.add_subcommand("read", "Print the messages of channels, as a client");
  verb->footer(
      "Prints {\"channel\":…,\"id\":…,\"ts\":…,\"src\":…,\"data\":…} a line, ts in microseconds.\n"
      "The client subscribes to the channels, and stays so: next time it goes on from where it\n"
      "was. Whatever else it subscribes to comes as well. Messages count as read once standard\n"
      "output has taken their lines; after a crash the last ones may come again. Ctrl-C or\n"
      "SIGTERM end it, and so does a reader that leaves. Exit code 4: fewer than --count came.\n\n"
      "  sluice box read news --client me --start earliest | ./handle");
  const auto flags = std::make_shared<box_read_flags>();
  flags->where.add_to(*verb);
  verb->add_option("channels", flags->channels, "The channels")
      ->required()
      ->check(check_name)
      ->type_name("CHANNEL");
  verb->add_option("--client", flags->client, "Who reads")
      ->required()
      ->check(check_name)
      ->type_name("ID");
  verb->add_option("--start", flags->start,
                   "Where: current (default), which is latest at first; earliest; latest")
      ->check(CLI::IsMember({"earliest", "current", "latest"}).description(""))
      ->type_name("WHERE");
  verb->add_option("--count", flags->count, "End after so many messages")
      ->check(check_count)
      ->type_name("N");
  verb->add_option("--timeout", flags->timeout,
                   "End when nothing came for so long; 0 prints what is there")
      ->check(check_between(0, 1e9))
      ->type_name("SECONDS");
  verb->callback([&code, flags] { code = run(flags->where.url, with(flags, read_lines)); });
}

}  // namespace sluice::cli
