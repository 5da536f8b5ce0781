// The pure parts of mailboxes: names of keys, and which writes may be repeated.
#include "mailbox/box_keys.hpp"
#include "mailbox/write_numbers.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

namespace {

using sluice::box_keys;
using sluice::write_numbers;

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
  write_numbers numbers;
  CHECK(numbers.next() == 1);
  CHECK(numbers.next() == 2);
  CHECK(numbers.next() == 3);
  CHECK(numbers.next() == 4);
  numbers.finished(3);
  numbers.finished(1);
  numbers.finished(4);
  std::vector<std::string> told;
  numbers.tell_finished(told, 2);
  CHECK(told == std::vector<std::string>{"3", "1"});
  told.clear();
  numbers.tell_finished(told, 2);
  CHECK(told == std::vector<std::string>{"4"});
  numbers.tell_finished(told, 2);
  CHECK(told.size() == 1);
}

}  // namespace
