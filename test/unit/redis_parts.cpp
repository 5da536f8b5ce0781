// The small machines under the engine: the log of bytes, the pauses, the bells.

#include "support/catch.hpp"

#include "redis/backoff.hpp"
#include "redis/doorbells.hpp"
#include "redis/out_log.hpp"

#include <sluice/core/random.hpp>
#include <sluice/resp/value.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono_literals;
using sluice::backoff;
using sluice::doorbells;
using sluice::out_log;

std::string unwritten(const out_log& log) {
  std::array<std::string_view, 100> pieces;
  std::string all;
  const auto count = log.gather(pieces);
  for (std::size_t i = 0; i < count; ++i) all += pieces[i];
  return all;
}

TEST_CASE("a log gives its bytes back in order, over any number of blocks") {
  out_log log;
  const auto random = sluice::seeded_random(3);
  std::string all;
  std::size_t written = 0;
  std::size_t released = 0;
  for (int step = 0; step < 5'000; ++step) {
    const std::string bytes(random() % 3'000, static_cast<char>('a' + step % 26));
    log.append(bytes);
    all += bytes;
    const auto take = random() % (all.size() - written + 1);
    REQUIRE(unwritten(log) == all.substr(written));
    log.written(take);
    written += take;
    const auto drop = random() % (written - released + 1);
    log.release(drop);
    released += drop;
    REQUIRE(log.size() == all.size() - released);
    REQUIRE(log.written_size() == written - released);
    REQUIRE(log.all_written() == (written == all.size()));
    if (released > 1'000'000) {
      all.erase(0, released);
      written -= released;
      released = 0;
    }
  }
}

TEST_CASE("a log that is rewound gives everything again") {
  out_log log;
  log.append("abcdef");
  log.written(4);
  log.release(2);
  log.rewind();
  CHECK(unwritten(log) == "cdef");
  CHECK(log.written_size() == 0);
}

TEST_CASE("any part of a log can be copied") {
  out_log log;
  const std::string large(100'000, 'x');
  log.append("head");
  log.append(large);
  log.append("tail");
  log.written(2);
  log.release(2);
  out_log copy;
  log.copy_to(copy, 0, 2);
  log.copy_to(copy, 2 + large.size(), 4);
  CHECK(unwritten(copy) == "adtail");
  CHECK(log.first_piece().substr(0, 3) == "adx");
}

TEST_CASE("pauses double up to the longest and begin anew after a reset") {
  constexpr auto most = ~std::uint64_t{0};
  backoff pauses(50ms, 10s);
  std::vector<sluice::clock::duration> ceilings;
  for (int i = 0; i < 12; ++i) {
    // Full jitter: the longest pause of each step, found from its modulus.
    auto copy = pauses;
    auto longest = sluice::clock::duration::zero();
    const auto random = sluice::seeded_random(static_cast<std::uint64_t>(i));
    for (int draw = 0; draw < 500; ++draw) {
      auto fresh = copy;
      longest = std::max(longest, fresh.next(random()));
    }
    ceilings.push_back(longest);
    static_cast<void>(pauses.next(most));
  }
  for (std::size_t i = 0; i < ceilings.size(); ++i) {
    const auto ceiling = std::min<sluice::clock::duration>(50ms * (1 << i), 10s);
    CHECK(ceilings[i] <= ceiling);
    CHECK(ceilings[i] > ceiling * 9 / 10);
  }
  pauses.reset();
  CHECK(pauses.next(most) <= 50ms);
}

TEST_CASE("pauses stay in bounds after any number of failures") {
  backoff pauses(1ms, std::chrono::hours(24 * 365));
  const auto random = sluice::seeded_random(1);
  for (int i = 0; i < 10'000; ++i) {
    const auto pause = pauses.next(random());
    REQUIRE(pause >= 0ms);
    REQUIRE(pause <= std::chrono::hours(24 * 365));
  }
}

struct bell final : sluice::doorbell_listener {
  void on_ring() override { ++rings; }
  int rings = 0;
};

std::size_t push(doorbells& bells, std::string_view bytes) {
  return bells.on_push(sluice::resp::parse_complete(bytes));
}

TEST_CASE("a push rings for those who listen at its keys") {
  doorbells bells;
  bell a, also_a, b;
  bells.add("a", a);
  bells.add("a", also_a);
  bells.add("b", b);
  CHECK(push(bells, ">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$1\r\nx\r\n") == 2);
  CHECK(a.rings == 1);
  CHECK(also_a.rings == 1);
  CHECK(b.rings == 0);
  CHECK(bells.ring("b") == 1);
}

TEST_CASE("a push for everything rings for everybody") {
  doorbells bells;
  bell a, b;
  bells.add("a", a);
  bells.add("b", b);
  CHECK(push(bells, ">2\r\n$10\r\ninvalidate\r\n_\r\n") == 2);
}

TEST_CASE("pushes of other kinds and shapes ring for nobody") {
  doorbells bells;
  bell a;
  bells.add("a", a);
  CHECK(push(bells, ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\na\r\n") == 0);
  CHECK(push(bells, ">2\r\n$10\r\ninvalidate\r\n*0\r\n") == 0);
  CHECK(push(bells, ">2\r\n$10\r\ninvalidate\r\n*1\r\n:5\r\n") == 0);
  CHECK(push(bells, ">0\r\n") == 0);
  CHECK(push(bells, ">1\r\n:1\r\n") == 0);
  CHECK(a.rings == 0);
}

TEST_CASE("who has left is not rung") {
  doorbells bells;
  bell a, b;
  bells.add("a", a);
  bells.add("a", b);
  bells.remove("a", a);
  bells.remove("a", a);
  bells.remove("never", a);
  CHECK(bells.ring("a") == 1);
  bells.remove("a", b);
  CHECK(bells.ring("a") == 0);
  CHECK(b.rings == 1);
}

}  // namespace
