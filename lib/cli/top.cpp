#include "cli/cells.hpp"
#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/full_screen.hpp"
#include "cli/listing.hpp"
#include "cli/session.hpp"
#include "cli/top_flags.hpp"
#include "cli/top_frame.hpp"
#include "cli/top_snapshots.hpp"
#include "cli/verbs.hpp"

#include <sluice/admin/group_watch.hpp>
#include <sluice/core/result.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

/// Looks again and again, beside whoever draws what was seen.
struct top_looker {
  top_looker(const top_flags& flags, session& here)
      : pause(flags.pause()),
        redis(here.redis),
        watch(here.redis, flags.watched()),
        rest(here.redis.get_executor()),
        news(here.redis.get_executor()) {}

  static asio::awaitable<void> run(std::shared_ptr<top_looker> self);
  void end() {
    ended = true;
    rest.cancel();
  }

  std::chrono::milliseconds pause;
  client redis;
  admin::group_watch watch;
  asio::steady_timer rest;
  asio::steady_timer news;  // who draws sleeps on it
  std::string failure;
  bool ended = false;
};

// It rests after a look, so that slow ones do not follow each other without a break.
asio::awaitable<void> top_looker::run(std::shared_ptr<top_looker> self) {
  while (!self->ended) {
    const auto looked = co_await as_result(self->watch.look());
    if (self->ended) break;
    self->failure = looked.has_error() ? explain(looked.error()) : "";
    self->news.cancel();
    co_await sleep_on(self->rest, self->pause);
  }
}

/// The live screen.
class top_screen {
 public:
  top_screen(const top_flags& flags, session& here)
      : flags_(flags),
        here_(here),
        out_(here),
        looker_(std::make_shared<top_looker>(flags, here)),
        screen_(here.redis.get_executor(),
                {[this] { looker_->news.cancel(); }, [this] { here_.stop.make(SIGHUP); },
                 [this] { quit(); }}) {}
  top_screen(const top_screen&) = delete;
  top_screen& operator=(const top_screen&) = delete;
  ~top_screen() { looker_->end(); }

  asio::awaitable<int> run();

 private:
  void quit() {
    quitting_ = true;
    looker_->news.cancel();
  }
  std::string trouble();
  std::vector<std::string> frame();

  const top_flags& flags_;
  session& here_;
  listing out_;
  std::shared_ptr<top_looker> looker_;
  full_screen screen_;
  std::chrono::steady_clock::time_point connected_ = std::chrono::steady_clock::now();
  bool quitting_ = false;
};

std::string top_screen::trouble() {
  const auto now = std::chrono::steady_clock::now();
  if (here_.redis.connected()) {
    connected_ = now;
    return looker_->failure;
  }
  const auto away = std::chrono::duration_cast<std::chrono::milliseconds>(now - connected_);
  return "no connection for " + short_time(away) + ", trying again; this is what was known then";
}

std::vector<std::string> top_screen::frame() {
  auto size = screen_.size();
  top_facts what;
  what.server = here_.redis.options().address();
  what.trouble = trouble();
  what.totals = looker_->watch.totals();
  what.groups = looker_->watch.worst(std::min(size.rows, worst_on_screen));
  what.dead_after = flags_.silence();
  size.rows = std::max<std::size_t>(size.rows, 2) - 1;
  return screen_.in_place(top_frame(what, size));
}

asio::awaitable<int> top_screen::run() {
  here_.quiet = true;  // what happens to the connection is on the screen
  out_.end_with_reader();
  asio::co_spawn(here_.redis.get_executor(), top_looker::run(looker_), rethrow);
  while (!quitting_) {
    const bool wanted = co_await out_.print(frame());
    if (!wanted || quitting_) break;
    // Also when nothing is new: for how long the connection has been away.
    co_await sleep_on(looker_->news, 1s);
  }
  co_return ok;
}

asio::awaitable<int> show(const top_flags& flags, session& here) {
  int code = ok;
  if (flags.on_screen()) {
    top_screen screen(flags, here);
    code = co_await screen.run();
  } else {
    code = co_await print_snapshots(flags, here);
  }
  co_return code;
}

}  // namespace

void add_top(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("top", "Watch groups: the worst first, again and again");
  verb->footer(
      "On a terminal a screen that is drawn in place, till q or Ctrl-C; else, and with --json,\n"
      "--once or --count, tables or JSON lines. Worst are groups whose entries nobody is there to\n"
      "take (abandoned), then those of which a silent consumer has some in hand (stuck), then\n"
      "those that get more than they take (behind). IN/S and OUT/S are entries a second, added\n"
      "and handed out; ALIVE how many consumers have given a sign of life within --dead-after,\n"
      "of how many; ASKED and BEAT when a consumer last asked for entries, and last beat.\n\n"
      "A look costs the server the same however many streams there are: it asks about the worst,\n"
      "and about others in turns.\n\n"
      "  sluice top 'orders:*'\n"
      "  sluice top --once --json");
  const auto flags = std::make_shared<top_flags>();
  add_url(*verb, flags->url);
  verb->add_option("patterns", flags->patterns, "Which streams: * and ? stand for anything")
      ->check(check_name)
      ->type_name("PATTERN");
  verb->add_option("--every", flags->every, "Between two looks; 2 by default")
      ->check(check_between(0.1, 3'600))
      ->type_name("SECONDS");
  verb->add_option("--dead-after", flags->dead_after, "When a consumer counts as silent; 300")
      ->check(check_between(0.001, 1e9))
      ->type_name("SECONDS");
  verb->add_option("--rows", flags->rows, "At most so many groups, off the screen; 20 by default")
      ->check(check_between(1, 1'000))
      ->type_name("N");
  auto* const count = verb->add_option("--count", flags->count, "End after so many tables");
  count->check(check_count)->type_name("N");
  verb->add_flag("--once", flags->once, "One table")->excludes(count);
  verb->add_flag("--json", flags->json, "JSON lines, for programs");
  verb->callback([&code, flags] {
    code = run(flags->url, [flags](session& here) { return show(*flags, here); });
  });
}

}  // namespace sluice::cli
