#include "cli/complain.hpp"
#include "cli/finish.hpp"
#include "cli/json_entry.hpp"
#include "cli/line_sink.hpp"
#include "cli/membership.hpp"
#include "cli/progress.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/core/result.hpp>
#include <sluice/group/group_consumer.hpp>
#include <sluice/stream/consumer.hpp>

#include <boost/asio/co_spawn.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// One write, and one acknowledgement of what it wrote.
constexpr std::size_t most_at_once = 64;

struct consume_flags {
  std::string url = default_url;
  std::vector<std::string> names;
  std::string group;
  std::string consumer;
  std::string begin;
  std::string ack = "after-print";
  std::optional<std::uint64_t> count;
  std::optional<double> timeout;
  std::optional<std::size_t> prefetch;

  start from(start otherwise) const;
  waiting how_long() const;
  std::size_t read_ahead() const;
};

start consume_flags::from(start otherwise) const {
  if (begin == "earliest") return start::earliest();
  if (begin == "latest") return start::latest();
  if (const auto id = entry_id::parse(begin)) return start::after(*id);
  return otherwise;
}

waiting consume_flags::how_long() const {
  if (!timeout) return waiting::for_ever();
  if (*timeout == 0) return waiting::none();
  return waiting(std::chrono::duration<double>(*timeout));
}

// What was read ahead and not printed stays pending under the consumer's name. That is no harm only
// where somebody will come back under that name.
std::size_t consume_flags::read_ahead() const {
  if (prefetch) return *prefetch;
  const bool comes_back = !consumer.empty() && ack != "auto" && !count;
  return group.empty() || comes_back ? 100 : 0;
}

void settle(std::vector<entry>&, std::size_t) {}

void settle(std::vector<delivery>& batch, std::size_t printed) {
  for (std::size_t i = 0; i < printed; ++i) std::move(batch[i]).ack_later();
}

/// Prints what a consumer gives until there is an end.
template <class Consumer>
class printer {
 public:
  printer(const consume_flags& flags, session& here, std::shared_ptr<Consumer> from)
      : flags_(flags),
        here_(here),
        from_(std::move(from)),
        out_(std::make_shared<line_sink>(here.redis.get_executor(), STDOUT_FILENO)),
        shown_("consumed", STDOUT_FILENO) {}
  printer(const printer&) = delete;
  printer& operator=(const printer&) = delete;
  ~printer() { out_->stop(); }

  asio::awaitable<int> run();

 private:
  static asio::awaitable<void> watch(std::shared_ptr<line_sink> out, std::weak_ptr<Consumer> from);
  asio::awaitable<void> print_all();
  std::size_t room() const;

  const consume_flags& flags_;
  session& here_;
  std::shared_ptr<Consumer> from_;
  std::shared_ptr<line_sink> out_;
  progress shown_;
};

template <class Consumer>
asio::awaitable<int> printer<Consumer>::run() {
  const auto stop = [this] {
    from_->close();
    out_->stop();
  };
  const on_stop while_running(here_.stop, stop);
  const std::weak_ptr<Consumer> watched = from_;
  asio::co_spawn(here_.redis.get_executor(), watch(out_, watched), rethrow);
  co_await print_all();
  shown_.finish();
  if (flags_.timeout && !here_.redis.connected() && !here_.stop.made()) {
    throw failure(trouble, "the connection was away when the time was up");
  }
  const bool fewer = flags_.count && shown_.count() < *flags_.count && !out_->abandoned();
  if (fewer && !here_.stop.made()) {
    complain("only " + std::to_string(shown_.count()) + " entries came before --timeout");
  }
  co_return fewer ? fell_short : ok;
}

// Who reads our output may leave while nothing comes; the next entry should not be needed to see
// it. A consumer kept alive here would keep its timers, and the process, after the end.
template <class Consumer>
asio::awaitable<void> printer<Consumer>::watch(std::shared_ptr<line_sink> out,
                                               std::weak_ptr<Consumer> from) {
  const bool gone = co_await out->until_abandoned();
  if (!gone) co_return;
  if (const auto still = from.lock()) still->close();
}

template <class Consumer>
asio::awaitable<void> printer<Consumer>::print_all() {
  while (room() > 0) {
    auto batch = co_await from_->get_batch(room());
    if (batch.empty()) break;
    std::vector<std::string> lines;
    lines.reserve(batch.size());
    for (const auto& each : batch) lines.push_back(json_line(each));
    const auto printed = co_await out_->write(std::move(lines));
    if (flags_.ack == "after-print") settle(batch, printed);
    shown_.add(printed);
    if (printed < batch.size()) break;
  }
}

// Each of several streams is asked for as much as there is room for, and what then is too much
// would stay pending.
template <class Consumer>
std::size_t printer<Consumer>::room() const {
  if (!flags_.count) return most_at_once;
  if (flags_.names.size() > 1) return *flags_.count > shown_.count() ? 1 : 0;
  return std::min<std::uint64_t>(most_at_once, *flags_.count - shown_.count());
}

asio::awaitable<int> follow(const consume_flags& flags, session& here) {
  const auto from = flags.from(start::latest());
  streams what(flags.names.front(), from);
  for (std::size_t i = 1; i < flags.names.size(); ++i) what.stream(flags.names[i], from);
  what.wait(flags.how_long()).prefetch(flags.read_ahead());
  printer<consumer> printing(flags, here, std::make_shared<consumer>(here.redis, what));
  const int code = co_await printing.run();
  co_return code;
}

group membership_of(const consume_flags& flags) {
  group what(flags.group);
  if (!flags.consumer.empty()) what.consumer(flags.consumer);
  for (const auto& name : flags.names) what.stream(name);
  what.auto_create(flags.from(start::earliest())).wait(flags.how_long());
  what.auto_acknowledge(flags.ack == "auto").prefetch(flags.read_ahead());
  return what;
}

asio::awaitable<int> share(const consume_flags& flags, session& here) {
  const auto member = std::make_shared<group_consumer>(here.redis, membership_of(flags));
  printer<group_consumer> printing(flags, here, member);
  int code = trouble;
  std::exception_ptr thrown;
  try {
    code = co_await printing.run();
  } catch (...) {
    thrown = std::current_exception();
  }
  // However it ended: what was printed is acknowledged.
  member->close();
  const bool confirmed = co_await finishes_within(5s, member->flush());
  if (!confirmed) {
    complain("the last acknowledgements are not confirmed: some entries may come again");
    co_return trouble;
  }
  // A name that was made up is of no use to anybody once it holds nothing.
  if (flags.consumer.empty() && here.redis.connected()) {
    co_await leave_group(here.redis, flags.names, flags.group, member->consumer_name());
  }
  if (thrown) std::rethrow_exception(thrown);
  co_return here.acknowledgements_lost > 0 ? static_cast<int>(trouble) : code;
}

std::string check_start(const std::string& text) {
  if (text == "earliest" || text == "latest" || entry_id::parse(text)) return {};
  return "wants earliest, latest or an id such as 1526919030474-0, not '" + text + '\'';
}

void add_reading_flags(CLI::App& verb, consume_flags& flags) {
  add_url(verb, flags.url);
  verb.add_option("streams", flags.names, "The streams")->required()->type_name("STREAM");
  verb.add_option("--start", flags.begin, "Where to begin: earliest, latest, or behind an id")
      ->check(check_start)
      ->type_name("WHERE");
  verb.add_option("--count", flags.count, "End after so many entries")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  verb.add_option("--timeout", flags.timeout, "End when nothing came for so long; 0: what is there")
      ->check(CLI::Range(0.0, 1e9))
      ->type_name("SECONDS");
}

void add_group_flags(CLI::App& verb, consume_flags& flags) {
  auto* const group = verb.add_option("--group", flags.group, "Read as a member of this group");
  group->type_name("NAME");
  verb.add_option("--consumer", flags.consumer, "The member's name; made up without it")
      ->needs(group)
      ->type_name("NAME");
  verb.add_option("--ack", flags.ack, "When an entry is done: auto, never, after-print (default)")
      ->needs(group)
      ->check(CLI::IsMember({"auto", "never", "after-print"}).description(""))
      ->type_name("WHEN");
  verb.add_option("--prefetch", flags.prefetch, "Entries read ahead; 0: only what is printed")
      ->check(CLI::Range(0, 100'000))
      ->type_name("N");
}

}  // namespace

void add_consume(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("consume", "Print the entries of streams as JSON lines");
  verb->footer(
      "Prints {\"stream\":\"…\",\"id\":\"…\",\"fields\":{…}} a line. Values are strings; of a name "
      "that\n"
      "comes several times, an array of strings. Each byte that is no UTF-8 is written as U+FFFD\n"
      "and two hexadecimal digits, and so are the three bytes of U+FFFD itself.\n\n"
      "Without --group every reader sees every entry, by default from the latest on. With it the\n"
      "members share them; a group that does not exist is made, by default at the earliest.\n"
      "--ack after-print acknowledges what standard output took, auto what the server gave (an\n"
      "entry may be lost with this process), never leaves all pending. A member that comes back\n"
      "under its --consumer name first gets what it left pending. Ctrl-C or SIGTERM: prints\n"
      "whole lines, confirms their acknowledgements and ends; so it does when its reader "
      "leaves.\n\n"
      "  sluice consume orders --start earliest --timeout 0\n"
      "  sluice consume orders --group billing --consumer billing-1 | ./bill");
  const auto flags = std::make_shared<consume_flags>();
  add_reading_flags(*verb, *flags);
  add_group_flags(*verb, *flags);
  verb->callback([&code, flags] {
    code = run(flags->url, [flags](session& here) {
      return flags->group.empty() ? follow(*flags, here) : share(*flags, here);
    });
  });
}

}  // namespace sluice::cli
