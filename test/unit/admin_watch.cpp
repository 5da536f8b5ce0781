// What a watch makes of what it sees: rates, plights, the order of groups, and whose turn it is.
#include "admin/watch_book.hpp"
#include "support/catch.hpp"

#include <sluice/admin/group_view.hpp>

#include <set>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using sluice::entry_id;
using sluice::admin::group_facts;
using sluice::admin::group_view;
using sluice::admin::is_worse;
using sluice::admin::plight;
using sluice::admin::plight_of;
using sluice::admin::rates_between;
using sluice::admin::stream_sight;
using sluice::admin::watch_book;
using sluice::admin::watched_consumer;

group_facts facts_of(std::uint64_t read, std::uint64_t lag, std::uint64_t pending) {
  group_facts facts;
  facts.name = "g";
  facts.consumers = 1;
  facts.read = read;
  facts.position = entry_id(read);
  facts.lag.count = lag;
  facts.pending = pending;
  return facts;
}

watched_consumer consumer_of(std::string name, std::chrono::milliseconds idle,
                             std::uint64_t pending) {
  watched_consumer one;
  one.facts.name = std::move(name);
  one.facts.idle = idle;
  one.facts.pending = pending;
  return one;
}

group_view view_of(std::string stream, group_facts facts) {
  group_view view;
  view.stream = std::move(stream);
  view.facts = std::move(facts);
  return view;
}

TEST_CASE("rates come from what was added, taken and settled between two looks") {
  const auto rates = rates_between(facts_of(100, 20, 10), facts_of(140, 30, 20), 2s);
  CHECK(rates.taken == 20.0);
  CHECK(rates.added == 25.0);
  CHECK(rates.settled == 15.0);
}

TEST_CASE("nothing is made of what the server does not count") {
  auto before = facts_of(100, 20, 10), now = facts_of(140, 30, 20);
  now.lag.estimated = true;
  CHECK_FALSE(rates_between(before, now, 2s).added);
  CHECK(rates_between(before, now, 2s).taken == 20.0);
  before.read.reset();
  CHECK_FALSE(rates_between(before, now, 2s).taken);
  CHECK_FALSE(rates_between(before, now, 2s).settled);
  CHECK_FALSE(rates_between(facts_of(1, 0, 0), facts_of(2, 0, 0), 0s).taken);
}

TEST_CASE("where the server counts nothing it is known all the same that nothing was taken") {
  auto before = facts_of(100, 20, 10), now = facts_of(100, 30, 6);
  before.read.reset();
  now.read.reset();
  const auto rates = rates_between(before, now, 2s);
  CHECK(rates.taken == 0.0);
  CHECK(rates.added == 5.0);
  CHECK(rates.settled == 2.0);
}

TEST_CASE("a group that was moved back, or made anew, has no rates until the next look") {
  const auto moved = rates_between(facts_of(100, 0, 0), facts_of(10, 90, 0), 1s);
  CHECK_FALSE(moved.taken);
  CHECK_FALSE(moved.added);
  CHECK_FALSE(moved.settled);
}

TEST_CASE("entries that were trimmed before anybody got them are no negative rate") {
  CHECK_FALSE(rates_between(facts_of(100, 50, 0), facts_of(100, 5, 0), 1s).added);
}

TEST_CASE("a plight is what somebody has to do something about") {
  const auto plight_with = [](group_facts facts, std::vector<watched_consumer> consumers) {
    auto view = view_of("s", std::move(facts));
    view.closely = true;
    view.consumers = std::move(consumers);
    return plight_of(view, 1min);
  };
  const auto alive = consumer_of("one", 1s, 0), dead = consumer_of("one", 2min, 0);
  CHECK(plight_with(facts_of(5, 0, 0), {alive}) == plight::resting);
  CHECK(plight_with(facts_of(5, 0, 0), {}) == plight::resting);
  CHECK(plight_with(facts_of(5, 3, 0), {alive}) == plight::working);
  CHECK(plight_with(facts_of(5, 3, 0), {dead}) == plight::abandoned);
  CHECK(plight_with(facts_of(5, 3, 0), {}) == plight::abandoned);
  CHECK(plight_with(facts_of(5, 0, 2), {alive, consumer_of("two", 2min, 2)}) == plight::stuck);
  auto released = consumer_of("sluice:released", 2min, 4);
  released.facts.nobody = true;
  CHECK(plight_with(facts_of(5, 0, 4), {alive, released}) == plight::working);
  CHECK(plight_with(facts_of(5, 0, 4), {released}) == plight::abandoned);
}

TEST_CASE("who beats is alive, however long it works on one entry") {
  auto busy = consumer_of("one", 2min, 1);
  busy.beat = 3s;
  auto view = view_of("s", facts_of(5, 0, 1));
  view.closely = true;
  view.consumers.push_back(busy);
  CHECK(plight_of(view, 1min) == plight::working);
  CHECK(view.living(1min) == 1);
  view.consumers[0].beat = 2min;
  CHECK(view.living(1min) == 0);
}

TEST_CASE("of a group that was looked at briefly only its having no consumer is known") {
  auto view = view_of("s", facts_of(5, 3, 1));
  CHECK(plight_of(view, 1min) == plight::working);
  view.facts.consumers = 0;
  CHECK(plight_of(view, 1min) == plight::abandoned);
}

TEST_CASE("a group is behind when clearly more comes than it takes") {
  auto view = view_of("s", facts_of(5, 30, 1));
  view.rates.added = 100;
  view.rates.taken = 98;
  CHECK(plight_of(view, 1min) == plight::working);
  view.rates.taken = 80;
  CHECK(plight_of(view, 1min) == plight::behind);
  view.facts.lag.count = 0;
  CHECK(plight_of(view, 1min) == plight::working);
}

TEST_CASE("the worst comes first: the plight, then how much waits, then the names") {
  auto stuck = view_of("a", facts_of(1, 1, 1)), busy = view_of("b", facts_of(1, 1'000, 0));
  stuck.state = plight::stuck;
  busy.state = plight::working;
  CHECK(is_worse(stuck, busy));
  CHECK_FALSE(is_worse(busy, stuck));
  auto less = view_of("a", facts_of(1, 10, 0));
  less.state = plight::working;
  CHECK(is_worse(busy, less));
  auto same = less;
  CHECK_FALSE(is_worse(less, same));
  same.stream = "c";
  CHECK(is_worse(less, same));
}

/// A book that knows the streams s0, s1, …
struct library {
  explicit library(int count) {
    for (int i = 0; i < count; ++i) book.know("s" + std::to_string(i));
  }
  void see(const std::string& stream, std::uint64_t lag, std::uint64_t read = 1,
           bool closely = false) {
    stream_sight sight;
    sight.stream = stream;
    sight.closely = closely;
    sight.groups.push_back(view_of(stream, facts_of(read, lag, 0)));
    book.note(std::move(sight), now);
  }
  void see_all() {
    const auto next = book.choose(0, 0, 1'000);
    for (const auto& each : next.briefly) see(each, 0);
  }

  watch_book book{1min};
  watch_book::time_point now{1h};
};

TEST_CASE("what a look asks about is bounded, however many streams there are") {
  library all(1'000);
  CHECK(all.book.choose(20, 50, 300).briefly.size() == 300);
  all.see_all();
  CHECK(all.book.seen() == 1'000);
  const auto next = all.book.choose(20, 50, 300);
  CHECK(next.briefly.empty());
  CHECK(next.closely.size() <= 70);
}

TEST_CASE("everybody's turn comes, and the worst are looked at each time") {
  library all(100);
  all.see_all();
  all.see("s42", 1'000);
  std::set<std::string> looked;
  for (int i = 0; i < 10; ++i) {
    const auto next = all.book.choose(1, 10, 10);
    CHECK(next.closely.front() == "s42");
    looked.insert(next.closely.begin(), next.closely.end());
  }
  CHECK(looked.size() == 100);
}

TEST_CASE("it is told how many streams were looked at closely, each counted once") {
  library all(30);
  all.see_all();
  CHECK(all.book.examined() == 0);
  for (int i = 0; i < 3; ++i) {
    CHECK(all.book.examined() == 10U * static_cast<unsigned>(i));
    const auto next = all.book.choose(0, 10, 10);
    for (const auto& each : next.closely) all.see(each, 0, 1, true);
    for (const auto& each : next.closely) all.see(each, 0, 1, true);
  }
  CHECK(all.book.examined() == 30);
  all.book.forget("s7");
  CHECK(all.book.examined() == 29);
  all.book.know("s7");
  all.see("s7", 0);
  CHECK(all.book.examined() == 29);
}

TEST_CASE("a stream is asked about once a look, and again after a look that failed") {
  library all(5);
  CHECK(all.book.choose(1, 1, 10).briefly == all.book.choose(1, 1, 10).briefly);
  all.see_all();
  const auto next = all.book.choose(5, 100, 10);
  CHECK(next.closely.size() == 5);
}

TEST_CASE("a stream that is gone is forgotten, with its turn, and may come back") {
  library all(3);
  all.see_all();
  all.book.forget("s1");
  all.book.forget("s1");
  CHECK(all.book.streams() == 2);
  CHECK(all.book.seen() == 2);
  CHECK(all.book.choose(3, 10, 10).closely.size() == 2);
  all.see("s1", 7);
  CHECK(all.book.totals().groups == 2);
  all.book.know("s1");
  CHECK(all.book.choose(3, 10, 10).briefly == std::vector<std::string>{"s1"});
}

TEST_CASE("a group that is gone from its stream is gone here, too") {
  library all(1);
  all.see("s0", 5);
  CHECK(all.book.totals().groups == 1);
  all.book.note(stream_sight{"s0", {}, true}, all.now);
  CHECK(all.book.totals().groups == 0);
  CHECK(all.book.totals().streams == 1);
}

TEST_CASE("rates are those since the last look, and stay where two come at once") {
  library all(1);
  all.see("s0", 0, 100);
  CHECK_FALSE(all.book.worst(1).front()->rates.taken);
  all.now += 2s;
  all.see("s0", 0, 300);
  CHECK(all.book.worst(1).front()->rates.taken == 100.0);
  all.now += 1ms;
  all.see("s0", 0, 301);
  CHECK(all.book.worst(1).front()->rates.taken == 100.0);
  all.now += 999ms;
  all.see("s0", 0, 310);
  CHECK(all.book.worst(1).front()->rates.taken == 10.0);
}

TEST_CASE("totals add up what is known of all groups") {
  library all(3);
  all.see("s0", 5, 10);
  all.see("s1", 7, 10);
  all.now += 1s;
  all.see("s0", 5, 40);
  const auto sum = all.book.totals();
  CHECK(sum.streams == 3);
  CHECK(sum.seen == 2);
  CHECK(sum.lag == 12);
  CHECK(sum.taken == 30.0);
}

}  // namespace
