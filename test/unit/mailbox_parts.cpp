// The pure parts of mailboxes: names of keys, and what is due, what may be repeated.
#include "mailbox/box_keys.hpp"
#include "mailbox/due_channels.hpp"
#include "redis/step_numbers.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

namespace {

using sluice::box_keys;
using sluice::due_channels;
using sluice::step_numbers;

TEST_CASE("channels and clients have the names that rivulet's code gives them") {
  const box_keys keys("");
  CHECK(keys.ids("c0") == "ids:channel#c0");
  CHECK(keys.messages("c0") == "messages:channel#c0");
  CHECK(keys.clients("c0") == "clients:channel#c0");
  CHECK(keys.lock("c0") == "lock:ids:channel#c0");
  CHECK(keys.index("me") == "indexes:client#me");
  CHECK(box_keys("rvl:").messages("c0") == "rvl:messages:channel#c0");
  std::vector<std::string> all;
  keys.append(all, "c");
  const std::vector<std::string> expected{"messages:channel#c", "ids:channel#c",
                                          "clients:channel#c", "lock:ids:channel#c"};
  CHECK(all == expected);
}

TEST_CASE("a key tells its channel, whatever that is called, and others tell none") {
  const box_keys keys("box:");
  for (const auto* channel : {"c", "a:channel#b", "clients:channel#x", "with space"}) {
    CHECK(keys.channel_of(keys.messages(channel)) == channel);
    CHECK(keys.channel_of(keys.clients(channel)) == channel);
    CHECK(keys.channel_of(keys.ids(channel)) == channel);
  }
  CHECK(keys.channel_of("messages:channel#c").empty());
  CHECK(keys.channel_of(keys.lock("c")).empty());
  CHECK(keys.channel_of(keys.index("me")).empty());
}

TEST_CASE("what a prefix has in common with patterns is taken as it is") {
  CHECK(box_keys("").pattern() == "*:channel#*");
  CHECK(box_keys("a*[b]?\\").pattern() == "a\\*\\[b\\]\\?\\\\*:channel#*");
}

TEST_CASE("a write that was answered is told once, in portions, and one under way is not") {
  step_numbers numbers;
  CHECK(numbers.next() == 1);
  CHECK(numbers.next() == 2);
  CHECK(numbers.next() == 3);
  CHECK(numbers.next() == 4);
  numbers.finished(3);
  numbers.finished(1);
  numbers.finished(4);
  using several = std::vector<std::uint64_t>;
  CHECK(numbers.take_finished(2) == several{3, 1});
  CHECK(numbers.take_finished(2) == several{4});
  CHECK(numbers.take_finished(2).empty());
  numbers.finished(3);
  CHECK(numbers.take_finished(2) == several{3});
}

TEST_CASE("which channels there are is unknown at first; then those are due, in portions") {
  due_channels due;
  CHECK(due.unknown());
  CHECK(due.any());
  due.set_all({"b", "a", "c"});
  CHECK_FALSE(due.unknown());
  CHECK(due.take(2) == std::vector<std::string>{"a", "b"});
  CHECK(due.any());
  CHECK(due.take(2) == std::vector<std::string>{"c"});
  CHECK_FALSE(due.any());
  for (const auto* each : {"b", "b"}) due.add(each);
  CHECK(due.take(2) == std::vector<std::string>{"b"});
}

TEST_CASE("channels that are due again and again leave the others their turn") {
  due_channels due;
  due.set_all({"a", "b", "c"});
  std::string order;
  for (int i = 0; i < 7; ++i) {
    for (const auto& each : due.take(1)) {
      order += each;
      due.add(each);
    }
  }
  CHECK(order == "abcabca");
}

TEST_CASE("channels that were not reached come next, whatever is due again") {
  sluice::due_channels due;
  due.set_all({"a", "b", "c"});
  auto first = due.take(3);
  due.add("a");
  due.put_back(std::move(first), 1);
  auto second = due.take(1);
  CHECK(second == std::vector<std::string>{"b"});
}

TEST_CASE("channels that could not be looked at stay due, and so do new ones") {
  due_channels due;
  due.set_all({"a", "b"});
  auto taken = due.take(1);
  due.put_back(std::move(taken));
  CHECK(due.take(2).size() == 2);
  due.add("a");
  due.add_unknown();
  CHECK(due.unknown());
  due.set_all({});
  CHECK_FALSE(due.any());
}

}  // namespace
