// When a listener is tried again: how often, after which pauses, of which errors.
#include "support/app_world.hpp"

#include <sluice/group/retry_policy.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <vector>

namespace {

using namespace scene;
using sluice::listener_options;
using sluice::request;
using sluice::retry_policy;
using moments = std::vector<std::chrono::steady_clock::time_point>;

/// Asks a listener that always fails, and gives the times at which it was tried.
moments attempts_of(retry_policy policy, const std::function<void()>& fail) {
  app_world world;
  sluice::app service(world.redis, "service");
  moments tried;
  service.listen(
      "work",
      [&](request&) {
        tried.push_back(std::chrono::steady_clock::now());
        fail();
      },
      listener_options().retry(std::move(policy)));
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto refused = co_await world.refusal_of("work", nullptr);
    CHECK(refused.code() == sluice::error::feedback_error);
    service.stop();
  });
  return tried;
}

void fail_of_the_network() { throw std::runtime_error("the network is down"); }
void fail_of_the_message() { throw std::invalid_argument("no such customer"); }

}  // namespace

TEST_CASE("a listener without a policy is tried once") {
  CHECK(attempts_of(retry_policy::none(), fail_of_the_network).size() == 1);
}

TEST_CASE("a listener is tried as often as its policy says, with its pause in between") {
  const auto tried =
      attempts_of(retry_policy::fixed(8ms).attempts(3).jitter(0), fail_of_the_network);
  REQUIRE(tried.size() == 3);
  CHECK(tried[1] - tried[0] >= 8ms);
  CHECK(tried[2] - tried[1] >= 8ms);
}

TEST_CASE("the pauses between attempts of a listener may grow") {
  const auto tried = attempts_of(retry_policy::exponential(4ms, 1s, 4.0).attempts(3).jitter(0),
                                 fail_of_the_network);
  REQUIRE(tried.size() == 3);
  CHECK(tried[1] - tried[0] >= 4ms);
  CHECK(tried[2] - tried[1] >= 16ms);
}

TEST_CASE("only errors that are worth it are followed by another attempt") {
  const auto policy = retry_policy::fixed(1ms).attempts(3).only_for<std::runtime_error>();
  CHECK(attempts_of(policy, fail_of_the_network).size() == 3);
  CHECK(attempts_of(policy, fail_of_the_message).size() == 1);
}

TEST_CASE("errors that a policy calls final are not followed by another attempt") {
  const auto policy = retry_policy::fixed(1ms).attempts(3).give_up_on<std::logic_error>();
  CHECK(attempts_of(policy, fail_of_the_network).size() == 3);
  CHECK(attempts_of(policy, fail_of_the_message).size() == 1);
}

TEST_CASE("a listener that says when to try again is obeyed, and one that gives up is believed") {
  const auto policy = retry_policy::fixed(1h).attempts(2);
  const auto later = attempts_of(policy, [] { throw sluice::retry_after(3ms); });
  REQUIRE(later.size() == 2);
  CHECK(later[1] - later[0] >= 3ms);
  CHECK(attempts_of(policy, [] { throw sluice::give_up("of no use"); }).size() == 1);
}
