// The steps of a kept list as the server does them, also where it refuses a part.
#include "list/kept_scripts.hpp"
#include "support/stream_world.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace scene;
using words = std::vector<std::string>;

struct script_world : stream_world {
  std::string run(const sluice::script& what, const words& keys, const words& arguments) {
    words all{"EVAL", what.text(), std::to_string(keys.size())};
    all.insert(all.end(), keys.begin(), keys.end());
    all.insert(all.end(), arguments.begin(), arguments.end());
    return server.command(all);
  }
  std::string refusal(const sluice::script& what, const words& keys, const words& arguments) {
    try {
      run(what, keys, arguments);
    } catch (const std::runtime_error& why) {
      return why.what();
    }
    return "none";
  }
  /// Where `in_hand` are known, or -1 where an answer was not lost.
  std::string take(int count, int in_hand = -1, bool may_take_suspect = true) {
    return run(sluice::take_script(), {"jobs", "mine", "members", "counts"},
               {std::to_string(count), std::to_string(in_hand), "60000", "LEFT", "2",
                may_take_suspect ? "1" : "0"});
  }
  /// What a dead process had in hand, the oldest first.
  void die_with(const words& elements) {
    server.command({"ZADD", "members", "1", "dead"});
    for (const auto& each : elements) server.command({"LPUSH", "dead", each});
  }
  words put_back_keys() { return {"jobs", "dead", "members", "counts", "jobs:dead", "done"}; }
  words put_back_words(int most, int suspect_from) {
    return {"1000", std::to_string(most), "0", "60000",  "LEFT", std::to_string(suspect_from),
            "*",    "dead.deliveries",    "0", "element"};
  }
  std::string put_back(int most = 3, int suspect_from = 2) {
    return run(sluice::put_back_script(), put_back_keys(), put_back_words(most, suspect_from));
  }
  void set_count(const std::string& element, int deaths) {
    server.command({"EVAL", "redis.call('HSET', KEYS[1], redis.sha1hex(ARGV[1]), ARGV[2])", "1",
                    "counts", element, std::to_string(deaths)});
  }
  std::string count_of(const std::string& element) {
    return server.command({"EVAL", "return redis.call('HGET', KEYS[1], redis.sha1hex(ARGV[1]))",
                           "1", "counts", element});
  }
  std::string all(const std::string& list) { return server.command({"LRANGE", list, "0", "-1"}); }
  void push(const std::string& list, const words& elements) {
    for (const auto& each : elements) server.command({"RPUSH", list, each});
  }
};

TEST_CASE("what a lost answer had brought comes first, and what there is no room for goes back") {
  script_world world;
  world.push("jobs", {"1", "2", "3", "4", "5", "6"});
  world.take(5);
  CHECK(world.take(2, 0) == "1\n2\n4\n\n0");
  CHECK(world.all("mine") == "2\n1");
  CHECK(world.all("jobs") == "3\n4\n5\n6");
  CHECK(world.take(3, 1) == "2\n3\n4\n2\n\n0");
}

TEST_CASE("a suspect element comes alone, and what stands before it comes without it") {
  script_world world;
  world.push("jobs", {"1", "2", "3"});
  world.set_count("2", 2);
  world.set_count("1", 1);
  CHECK(world.take(8) == "1\n2\n0\n1");
  CHECK(world.take(8, -1, false) == "\n2\n\n1");
  CHECK(world.all("jobs") == "2\n3");
  CHECK(world.take(8) == "2\n1\n0\n2");
  CHECK(world.all("mine") == "2\n1");
}

TEST_CASE(
    "where counts cannot be read nobody is a suspect, and what is taken is put back at a death") {
  script_world world;
  world.push("jobs", {"1", "2"});
  world.server.command({"SET", "counts", "no hash"});
  CHECK(world.take(8) == "1\n2\n0\n\n0");
  CHECK(world.server.command({"ZCARD", "members"}) == "1");
}

TEST_CASE("a death counts once, however often putting back is refused") {
  script_world world;
  world.server.command({"SET", "jobs", "no list"});
  world.die_with({"1"});
  for (int i = 0; i < 4; ++i) {
    CHECK_THAT(
        world.refusal(sluice::put_back_script(), world.put_back_keys(), world.put_back_words(3, 2)),
        Catch::Matchers::Contains("WRONGTYPE"));
  }
  CHECK(world.all("dead") == "1");
  world.server.command({"DEL", "jobs"});
  CHECK(world.put_back() == "0");
  CHECK(world.all("jobs") == "1");
  CHECK(world.count_of("1") == "1");
}

TEST_CASE("an element that cannot be buried for its deaths stays with them") {
  script_world world;
  world.server.command({"SET", "jobs:dead", "no stream"});
  world.set_count("1", 2);
  world.die_with({"1"});
  for (int i = 0; i < 2; ++i) {
    CHECK_THAT(
        world.refusal(sluice::put_back_script(), world.put_back_keys(), world.put_back_words(3, 2)),
        Catch::Matchers::Contains("WRONGTYPE"));
  }
  CHECK(world.all("dead") == "1");
  world.server.command({"DEL", "jobs:dead"});
  CHECK(world.put_back() == "1");
  CHECK_THAT(world.server.command({"XRANGE", "jobs:dead", "-", "+"}),
             Catch::Matchers::EndsWith("dead.deliveries\n3\nelement\n1"));
  CHECK(world.count_of("1") == "");
}

TEST_CASE("only what was a suspect and alone is buried, or what died three times as often") {
  script_world world;
  world.die_with({"1"});
  CHECK(world.put_back(1, 1) == "0");
  world.server.command({"DEL", "jobs"});
  world.die_with({"1"});
  CHECK(world.put_back(1, 1) == "1");
  world.set_count("2", 4);
  world.die_with({"2", "3"});
  CHECK(world.put_back() == "0");
  CHECK(world.all("jobs") == "2\n3");
  world.server.command({"DEL", "jobs"});
  world.set_count("2", 8);
  world.die_with({"2", "3"});
  CHECK(world.put_back() == "1");
  CHECK(world.all("jobs") == "3");
}

TEST_CASE("a step is done once, and once more only when it was refused") {
  script_world world;
  world.push("mine", {"b", "a"});
  const auto give_back = [&](const std::string& number) {
    return words{number, "0", "0", "LPUSH", "a"};
  };
  const words keys{"mine", "done", "jobs"};
  world.server.command({"SET", "jobs", "no list"});
  CHECK_THAT(world.refusal(sluice::give_back_script(), keys, give_back("1")),
             Catch::Matchers::Contains("WRONGTYPE"));
  CHECK(world.all("mine") == "b\na");
  world.server.command({"DEL", "jobs"});
  CHECK(world.run(sluice::give_back_script(), keys, give_back("1")) == "1");
  CHECK(world.run(sluice::give_back_script(), keys, give_back("1")) == "0");
  CHECK(world.all("mine") == "b");
  CHECK(world.all("jobs") == "a");
  // It is not there any more: others have put it back.
  CHECK(world.run(sluice::give_back_script(), keys, give_back("2")) == "1");
  CHECK(world.all("jobs") == "a");
}

}  // namespace
