// What a publisher remembers between batches.

#include "outbox/ledger.hpp"
#include "support/catch.hpp"

namespace {

using namespace sluice::outbox;
using namespace std::chrono_literals;

constexpr sluice::clock::time_point now{1h};
constexpr wall_time wall{1'795'229'168'221ms};

publisher_options how() { return publisher_options().poll_interval(500ms).batch(7); }

TEST_CASE("a topic that rests is left out until its time has come") {
  ledger book(how());
  book.rest("bad", now + 2s);
  book.rest("worse", now + 3s);
  CHECK(book.request(now, wall).without.topics == std::vector<std::string>{"bad", "worse"});
  CHECK(book.request(now + 2s, wall).without.topics == std::vector<std::string>{"worse"});
  CHECK(book.request(now + 3s, wall).without.topics.empty());
  CHECK(book.request(now, wall).limit == 7);
}

TEST_CASE("a row that cannot be read is left out for good, and counted once") {
  ledger book(how());
  findings found;
  found.unreadable = {4, 9};
  CHECK(book.note(found, now) == 2);
  CHECK(book.note(found, now) == 0);
  CHECK(book.request(now + 24h, wall).without.ids == std::vector<row_id>{4, 9});
  CHECK(book.counts.unreadable == 2);
  CHECK(book.counts.looks == 2);
}

TEST_CASE("the pause ends with the poll interval, the next message or a topic's rest") {
  ledger book(how());
  findings found;
  CHECK(book.pause_after(found, now, wall) == 500ms);
  found.next_due = wall + 99ms;
  CHECK(book.pause_after(found, now, wall) == 100ms);
  found.next_due = wall - 1s;
  CHECK(book.pause_after(found, now, wall) == 0ms);
  found.next_due = wall + 1h;
  CHECK(book.pause_after(found, now, wall) == 500ms);
  book.rest("bad", now + 70ms);
  CHECK(book.pause_after(found, now, wall) == 70ms);
}

TEST_CASE("old rows are purged at intervals of their age, a minute at most") {
  ledger keeper(how());
  CHECK_FALSE(keeper.request(now, wall).purge_before);
  for (const auto& [age, interval] :
       {std::pair{0ms, 500ms}, std::pair{10'000ms, 10'000ms}, std::pair{3'600'000ms, 60'000ms}}) {
    ledger book(how().purge_after(age));
    CHECK(book.request(now, wall).purge_before == wall - age);
    CHECK_FALSE(book.request(now + interval - 1ms, wall).purge_before);
    CHECK(book.request(now + interval, wall).purge_before == wall - age);
  }
}

TEST_CASE("a purge that found as much as it may goes on at once") {
  ledger book(how().purge_after(1h));
  (void)book.request(now, wall);
  findings found;
  found.purged = purge_limit;
  book.note(found, now);
  CHECK(book.pause_after(found, now, wall) == 0ms);
  CHECK(book.request(now, wall).purge_before);
  CHECK(book.counts.purged == purge_limit);
}

}  // namespace
