#include "cli/complain.hpp"
#include "cli/consume_flags.hpp"
#include "cli/finish.hpp"
#include "cli/json_entry.hpp"
#include "cli/line_sink.hpp"
#include "cli/membership.hpp"
#include "cli/progress.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/group/group_consumer.hpp>
#include <sluice/stream/consumer.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// One write, and one acknowledgement of what it wrote.
constexpr std::size_t most_at_once = 64;

std::size_t settle(std::vector<entry>&, std::size_t) { return 0; }

// Gives how many belong to others by now: those are not this member's to acknowledge.
std::size_t settle(std::vector<delivery>& batch, std::size_t printed) {
  std::size_t lost = 0;
  for (std::size_t i = 0; i < printed; ++i) {
    if (batch[i].lease_lost()) {
      ++lost;
    } else {
      std::move(batch[i]).ack_later();
    }
  }
  return lost;
}

/// Prints what a consumer gives until there is an end.
template <class Consumer, class Item>
class printer {
 public:
  printer(const consume_flags& flags, session& here, std::shared_ptr<Consumer> from)
      : flags_(flags),
        here_(here),
        from_(std::move(from)),
        out_(here.redis.get_executor(), STDOUT_FILENO),
        shown_("consumed", STDOUT_FILENO) {}
  printer(const printer&) = delete;
  printer& operator=(const printer&) = delete;
  asio::awaitable<int> run();

 private:
  asio::awaitable<void> print_all();
  void done(std::vector<Item>& batch, std::size_t printed);
  std::size_t room() const;

  const consume_flags& flags_;
  session& here_;
  std::shared_ptr<Consumer> from_;
  line_sink out_;
  progress shown_;
  std::vector<Item> kept_;
};

template <class Consumer, class Item>
asio::awaitable<int> printer<Consumer, Item>::run() {
  const auto stop = [this] {
    from_->close();
    out_.stop();
  };
  const on_stop while_running(here_.stop, stop);
  // The next entry should not be needed to see it.
  out_.when_abandoned([this] { from_->close(); });
  co_await print_all();
  shown_.finish();
  if (flags_.timeout && !here_.redis.connected() && !here_.stop.made()) {
    throw failure(trouble, "the connection was away when the time was up");
  }
  const bool fewer = flags_.count && shown_.count() < *flags_.count && !out_.abandoned();
  if (fewer && !here_.stop.made()) {
    complain("only " + std::to_string(shown_.count()) + " entries came before --timeout");
  }
  co_return fewer ? fell_short : ok;
}

template <class Consumer, class Item>
asio::awaitable<void> printer<Consumer, Item>::print_all() {
  while (room() > 0) {
    auto batch = co_await from_->get_batch(room());
    if (batch.empty()) break;
    std::vector<std::string> lines;
    lines.reserve(batch.size());
    for (const auto& each : batch) lines.push_back(json_line(each));
    const auto printed = co_await out_.write(std::move(lines));
    done(batch, printed);
    if (printed < batch.size()) break;
  }
}

// Where leases are kept, an entry that is let go comes again at once: to be left alone by everybody
// while this member lives, it has to be held.
template <class Consumer, class Item>
void printer<Consumer, Item>::done(std::vector<Item>& batch, std::size_t printed) {
  shown_.add(printed);
  if (flags_.acknowledges()) {
    here_.acknowledgements_lost += settle(batch, printed);
  } else if (flags_.ack == "never" && flags_.keeps_leases()) {
    const auto end = batch.begin() + static_cast<std::ptrdiff_t>(printed);
    kept_.insert(kept_.end(), std::move_iterator(batch.begin()), std::move_iterator(end));
  }
}

// Each of several streams is asked for as much as there is room for, and what then is too much
// would stay pending where no leases are kept.
template <class Consumer, class Item>
std::size_t printer<Consumer, Item>::room() const {
  if (!flags_.count) return most_at_once;
  const bool too_much_stays = flags_.names.size() > 1 && !flags_.keeps_leases();
  if (too_much_stays) return *flags_.count > shown_.count() ? 1 : 0;
  return std::min<std::uint64_t>(most_at_once, *flags_.count - shown_.count());
}

asio::awaitable<int> follow(const consume_flags& flags, session& here) {
  const auto from = std::make_shared<consumer>(here.redis, flags.reading());
  printer<consumer, entry> printing(flags, here, from);
  const int code = co_await printing.run();
  co_return code;
}

// However it ended: what was printed is acknowledged, and the rest is back where leases are kept.
asio::awaitable<bool> leave(const consume_flags& flags, session& here, group_consumer& member) {
  const bool confirmed = co_await finishes_within(5s, member.flush());
  if (!confirmed) {
    complain("the last acknowledgements are not confirmed: some entries may come again");
    co_return false;
  }
  if (!here.redis.connected()) co_return true;
  const auto& name = member.consumer_name();
  if (flags.keeps_leases() || flags.max_deliveries) {
    auto returned = until_handed_over(here.redis, flags.names, flags.group, name);
    co_await finishes_within(5s, std::move(returned));
  }
  // A name that was made up is of no use to anybody once it holds nothing.
  if (flags.consumer.empty()) co_await leave_group(here.redis, flags.names, flags.group, name);
  co_return true;
}

asio::awaitable<int> share(const consume_flags& flags, session& here) {
  const auto member = std::make_shared<group_consumer>(here.redis, flags.membership());
  int code = trouble;
  std::exception_ptr thrown;
  {
    printer<group_consumer, delivery> printing(flags, here, member);
    try {
      code = co_await printing.run();
    } catch (...) {
      thrown = std::current_exception();
    }
    member->close();
  }
  const bool left = co_await leave(flags, here, *member);
  if (!left) co_return trouble;
  if (thrown) std::rethrow_exception(thrown);
  co_return here.acknowledgements_lost > 0 ? static_cast<int>(trouble) : code;
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
      "With --heartbeat and --claim-timeout (by default ten times the beat) entries of members\n"
      "that die come out of those that live; with --claim-timeout alone, entries that nobody\n"
      "settled for so long. What this member holds at its end goes back to the group at once.\n"
      "What came --max-deliveries times goes to the stream STREAM:dead: see sluice dead.\n\n"
      "  sluice consume orders --start earliest --timeout 0\n"
      "  sluice consume orders --group billing --consumer billing-1 | ./bill\n"
      "  sluice consume orders --group billing --heartbeat 5 --claim-timeout 30 | ./bill");
  const auto flags = std::make_shared<consume_flags>();
  add_consume_flags(*verb, *flags);
  verb->callback([&code, flags] {
    check_together(*flags);
    code = run(flags->url, [flags](session& here) {
      return flags->group.empty() ? follow(*flags, here) : share(*flags, here);
    });
  });
}

}  // namespace sluice::cli
