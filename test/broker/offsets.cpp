// What may be committed, and how often somebody has begun there.
#include "support/catch.hpp"

#include "kafka/attempt_mark.hpp"
#include "kafka/offset_ledger.hpp"

using sluice::kafka::attempt_mark;
using sluice::kafka::offset_ledger;
using sluice::kafka::write_mark;

TEST_CASE("before anything was handed out there is nothing to commit") {
  const offset_ledger empty;
  CHECK_FALSE(empty.done_before());
}

TEST_CASE("only what lies before the first open message may be committed") {
  offset_ledger all;
  for (int offset = 10; offset < 14; ++offset) all.hand_out(offset);
  CHECK(all.done_before() == 10);
  all.settle(11);
  all.settle(13);
  CHECK(all.done_before() == 10);
  all.settle(10);
  CHECK(all.done_before() == 12);
  CHECK(all.span() == 2);
  all.settle(12);
  CHECK(all.done_before() == 14);
  CHECK_FALSE(all.has_hand_on_it());
}

TEST_CASE("offsets need not be next to each other") {
  offset_ledger all;
  all.hand_out(3);
  all.hand_out(9);
  all.settle(3);
  CHECK(all.done_before() == 9);
  all.settle(9);
  CHECK(all.done_before() == 10);
  all.hand_out(40);
  CHECK(all.done_before() == 40);
}

TEST_CASE("a mark counts those who began at the same place") {
  const attempt_mark found{7, 2};
  CHECK(found.next(7) == attempt_mark{7, 3});
  CHECK(found.next(8) == attempt_mark{8, 1});
}

TEST_CASE("a mark is read as it was written") {
  CHECK(write_mark(attempt_mark{7, 0}).empty());
  const auto text = write_mark(attempt_mark{7, 12});
  CHECK(sluice::kafka::read_mark(7, text) == attempt_mark{7, 12});
}

TEST_CASE("what others have written beside an offset counts nothing") {
  for (const auto* text : {"", "42", "sluice:begun=", "sluice:begun=-1", "sluice:begun=1x"}) {
    CHECK(sluice::kafka::read_mark(7, text) == attempt_mark{7, 0});
  }
}
