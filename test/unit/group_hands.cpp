// What was handed out and what became of it.
#include "group/hands.hpp"

#include "support/catch.hpp"

#include <vector>

namespace {

using sluice::entry_id;
using sluice::hands;

std::vector<std::uint64_t> open(const hands& which) {
  std::vector<std::uint64_t> found;
  which.for_each_open([&](entry_id id) { found.push_back(id.milliseconds()); });
  return found;
}

std::vector<std::uint64_t> settled(const hands& which) {
  std::vector<std::uint64_t> found;
  which.for_each_settled([&](entry_id id) { found.push_back(id.milliseconds()); });
  return found;
}

using list = std::vector<std::uint64_t>;

TEST_CASE("deliveries are numbered from one, and open until they are settled") {
  hands out;
  CHECK(out.give(entry_id(10)) == 1);
  CHECK(out.give(entry_id(20)) == 2);
  CHECK(open(out) == list{10, 20});
  out.settle(1);
  CHECK(open(out) == list{20});
  out.settle(2);
  CHECK(open(out).empty());
  CHECK(out.give(entry_id(30)) == 3);
  CHECK(open(out) == list{30});
}

TEST_CASE("what was settled behind an open delivery is remembered until that one is closed") {
  hands out;
  out.give(entry_id(10));
  out.give(entry_id(20));
  out.give(entry_id(30));
  out.settle(2);
  out.settle(3);
  CHECK(open(out) == list{10});
  CHECK(settled(out) == list{20, 30});
  out.settle(1);
  CHECK(settled(out).empty());
}

TEST_CASE("a dropped delivery says which entry it was and counts as neither") {
  hands out;
  out.give(entry_id(10));
  out.give(entry_id(20));
  CHECK(out.drop(2) == entry_id(20));
  CHECK(open(out) == list{10});
  CHECK(settled(out).empty());
  CHECK(out.drop(1) == entry_id(10));
  CHECK(open(out).empty());
}

}  // namespace
