#include "sluice/admin/group_watch.hpp"

#include "admin/beats_heard.hpp"
#include "admin/key_scan.hpp"
#include "admin/reading.hpp"
#include "admin/side_by_side.hpp"
#include "admin/stream_groups.hpp"
#include "admin/watch_book.hpp"
#include "redis/client_access.hpp"

#include "sluice/admin/group_desk.hpp"
#include "sluice/core/error.hpp"
#include "sluice/core/result.hpp"
#include "sluice/group/dead_letters.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// What looking costs is bounded by these, see `look`.
constexpr std::size_t pieces = 10;
constexpr std::size_t first_pieces = 100;
constexpr std::size_t fresh = 5'000;
constexpr auto between_searches = 30s;
constexpr std::size_t most_channels = 50;

bool is_pattern(const std::string& text) {
  return text.find_first_of("*?[\\") != std::string::npos;
}

void check(const watch_options& how) {
  const bool fits = how.dead_after().count() > 0 && how.worst() > 0 && how.worst() <= 1'000 &&
                    how.turns() > 0 && how.turns() <= 10'000;
  if (!fits) throw error(errc::invalid_argument, "that is no amount of groups to watch");
  for (const auto& each : how.streams()) {
    if (each.empty()) throw error(errc::invalid_argument, "streams are watched by a pattern");
  }
}

}  // namespace

struct group_watch::state {
  state(client by, const watch_options& what)
      : redis(std::move(by)), how(what), book(how.dead_after()), beats(client_access::link(redis)) {
    if (how.streams().empty()) how.streams("*");
  }

  clock::time_point now() const { return client_access::link(redis).now(); }
  void begin_search();
  void give_up(const std::string& stream, const error& why);
  void find_beats(group_view& view) const;
  void listen();

  static asio::awaitable<void> look(std::shared_ptr<state> self);
  static asio::awaitable<void> search(std::shared_ptr<state> self);
  static asio::awaitable<void> see(std::shared_ptr<state> self, std::string stream, bool closely);
  static asio::awaitable<void> see_well(std::shared_ptr<state> self, std::string stream,
                                        bool closely);
  static asio::awaitable<void> examine(std::shared_ptr<state> self, std::string stream,
                                       std::vector<told_group> told,
                                       std::vector<group_view>& views);

  client redis;
  watch_options how;
  watch_book book;
  beats_heard beats;
  std::vector<key_scan> searches;
  std::set<std::string> forbidden;
  // At a look that brings a reply above the client's limits the link breaks: those streams are
  // looked at briefly until the next search.
  std::set<std::string> too_large;
  clock::time_point last_search;
  bool found_all = false;
};

void group_watch::state::begin_search() {
  const auto time = now();
  if (!searches.empty() || (found_all && time < last_search + between_searches)) return;
  last_search = time;
  forbidden.clear();
  too_large.clear();
  for (const auto& each : how.streams()) {
    if (is_pattern(each)) {
      searches.emplace_back(redis, each, "stream");
    } else {
      book.know(each);
    }
  }
  if (searches.empty()) found_all = true;
}

// A piece at a time, so that a server with very many keys is not asked for all of them at once.
asio::awaitable<void> group_watch::state::search(std::shared_ptr<state> self) {
  self->begin_search();
  auto& searches = self->searches;
  for (auto left = self->found_all ? pieces : first_pieces; left > 0 && !searches.empty(); --left) {
    auto names = co_await searches.back().next();
    for (auto& each : names) {
      if (!self->forbidden.contains(each)) self->book.know(std::move(each));
    }
    if (searches.back().over()) searches.pop_back();
    if (searches.empty()) self->found_all = true;
  }
}

void group_watch::state::give_up(const std::string& stream, const error& why) {
  const bool gone = why.code() == errc::wrong_type || why.code() == errc::no_such_key;
  if (why.code() == errc::not_permitted) {
    forbidden.insert(stream);
  } else if (!gone) {
    throw why;
  }
  book.forget(stream);
}

asio::awaitable<void> group_watch::state::see(std::shared_ptr<state> self, std::string stream,
                                              bool closely) {
  const bool can = closely && !self->too_large.contains(stream);
  auto outcome = co_await as_result(see_well(self, stream, can));
  if (can && outcome.has_error() && outcome.error().code() == errc::reply_too_large) {
    self->too_large.insert(stream);
    outcome = co_await as_result(see_well(self, stream, false));
  }
  if (outcome.has_error()) self->give_up(stream, outcome.error());
}

asio::awaitable<void> group_watch::state::see_well(std::shared_ptr<state> self, std::string stream,
                                                   bool closely) {
  auto told = co_await ask_for_groups(self->redis, stream);
  if (!told) {
    self->book.forget(stream);
    co_return;
  }
  const bool no_closer = self->too_large.contains(stream);
  stream_sight sight{stream, {}, closely || no_closer};
  if (closely) {
    co_await examine(self, stream, std::move(*told), sight.groups);
  } else {
    for (auto& each : *told) {
      auto& view = sight.groups.emplace_back();
      view.stream = stream;
      view.facts = std::move(each.facts);
    }
  }
  self->book.note(std::move(sight), self->now());
}

asio::awaitable<void> group_watch::state::examine(std::shared_ptr<state> self, std::string stream,
                                                  std::vector<told_group> told,
                                                  std::vector<group_view>& views) {
  auto& redis = self->redis;
  std::erase_if(told, [](const told_group& each) { return each.facts.name.empty(); });
  auto groups = co_await complete_groups(redis, stream, std::move(told));
  if (groups.empty()) co_return;
  // It may be somebody else's key, or out of reach for this user.
  const auto dead =
      co_await as_result(redis.exec(question("XLEN", dead_letters::stream_of(stream))));
  for (auto& each : groups) {
    const group_desk desk(redis, stream, each.name);
    auto consumers = co_await as_result(desk.consumers());
    // Removed meanwhile.
    if (consumers.has_error() && consumers.error().code() == errc::no_group) continue;
    auto& view = views.emplace_back();
    view.stream = stream;
    view.facts = std::move(each);
    view.closely = true;
    if (dead.has_value()) view.dead_letters = count_in(dead->value());
    for (auto& one : consumers.value()) view.consumers.push_back({std::move(one), std::nullopt});
    self->find_beats(view);
  }
}

void group_watch::state::find_beats(group_view& view) const {
  const auto time = now();
  for (auto& each : view.consumers) {
    const auto beat = beats.last(view.facts.name, each.facts.name);
    if (beat) each.beat = std::chrono::duration_cast<std::chrono::milliseconds>(time - *beat);
  }
}

void group_watch::state::listen() {
  if (!how.listen()) return;
  std::set<std::string> groups;
  for (const auto* each : book.worst(how.worst())) {
    if (groups.size() < most_channels) groups.insert(each->facts.name);
  }
  beats.listen_to(groups);
}

asio::awaitable<void> group_watch::state::look(std::shared_ptr<state> self) {
  co_await search(self);
  const auto next = self->book.choose(self->how.worst(), self->how.turns(), fresh);
  const auto well = next.closely.size();
  const auto act = [&](std::size_t i) {
    return i < well ? see(self, next.closely[i], true) : see(self, next.briefly[i - well], false);
  };
  auto looking = side_by_side(self->redis, well + next.briefly.size(), act);
  co_await std::move(looking);
  self->listen();
}

group_watch::group_watch(client redis, const watch_options& how) {
  check(how);
  state_ = std::make_shared<state>(std::move(redis), how);
}

asio::awaitable<void> group_watch::look() { return state::look(state_); }

bool group_watch::complete() const noexcept {
  return state_->found_all && state_->book.examined() == state_->book.streams();
}

std::vector<group_view> group_watch::worst(std::size_t most) const {
  std::vector<group_view> views;
  for (const auto* each : state_->book.worst(most)) views.push_back(*each);
  return views;
}

watch_totals group_watch::totals() const { return state_->book.totals(); }

}  // namespace sluice::admin
