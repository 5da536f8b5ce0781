// The decision when to read, against a model of the server and of everything that can go wrong
// between both: no entry stays unread longer than the nets allow.
#include "stream/read_cycle.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <deque>
#include <random>

namespace {

using namespace std::chrono_literals;
using sluice::read_cycle;
using time_point = read_cycle::time_point;
using duration = read_cycle::duration;

constexpr std::size_t batch = 4;

struct weather {
  double lost_bell = 0;      // a push that never arrives
  double silent_append = 0;  // an entry that rings no bell: SWAPDB, a rewound group
  double idle_ring = 0;      // a ring for nothing, or for another member's entry
  double error = 0;          // a read that is refused
  double link_loss = 0;
};

// One reader, one stream. Requests and answers travel in order, each for a random while.
class model {
 public:
  model(read_cycle::settings chosen, weather bad, std::uint64_t seed)
      : dice_(seed),
        bad_(bad),
        cycle_(chosen, [this] { return dice_(); }),
        read_arms_(chosen.read_arms) {
    cycle_.on_link_ready();
    advance();
  }

  // Returns how long the entry that waited longest was unread.
  duration run(int appends) {
    auto next_append = now_;
    auto last_append = now_;
    for (;;) {
      const auto next = std::min({next_event(), appends > 0 ? next_append : time_point::max()});
      if (appends == 0 && unread_.empty()) return longest_;
      REQUIRE(next != time_point::max());
      REQUIRE(next < last_append + 1h);
      now_ = std::max(now_, next);
      if (appends > 0 && next == next_append) {
        append();
        --appends;
        last_append = now_;
        next_append = now_ + gap();
      } else {
        step();
      }
      advance();
    }
  }

  std::uint64_t reads() const noexcept { return reads_; }

 private:
  struct request {
    time_point at;
    bool arms, reads;
  };
  struct answer {
    time_point at;
    enum { ring, entries, error } what;
    std::size_t count;
  };

  bool happens(double chance) { return std::uniform_real_distribution<>(0, 1)(dice_) < chance; }
  duration up_to(duration most) {
    return duration(std::uniform_int_distribution<duration::rep>(0, most.count())(dice_));
  }
  // Bursts and long silences.
  duration gap() { return happens(0.8) ? up_to(1ms) : happens(0.9) ? up_to(200ms) : up_to(20s); }

  time_point next_event() const {
    auto next = cycle_.alarm();
    if (relink_at_ != time_point::max()) next = std::min(next, relink_at_);
    if (!requests_.empty()) next = std::min(next, requests_.front().at);
    if (!answers_.empty()) next = std::min(next, answers_.front().at);
    return next;
  }

  void step() {
    if (now_ >= relink_at_) {
      relink_at_ = time_point::max();
      cycle_.on_link_ready();
    } else if (!requests_.empty() && requests_.front().at <= now_) {
      serve();
    } else if (!answers_.empty() && answers_.front().at <= now_) {
      receive();
    }
  }

  void append() {
    unread_.push_back(now_);
    if (!happens(bad_.silent_append)) ring();
    if (happens(bad_.idle_ring)) ring();
    if (happens(bad_.link_loss)) lose_link();
  }

  void ring() {
    if (!armed_) return;
    armed_ = false;
    if (!happens(bad_.lost_bell)) answer_with({.at = {}, .what = answer::ring, .count = 0});
  }

  void serve() {
    const auto asked = requests_.front();
    requests_.pop_front();
    if (asked.arms) armed_ = true;
    if (!asked.reads) return;
    if (happens(bad_.error)) return answer_with({.at = {}, .what = answer::error, .count = 0});
    const auto count = std::min(batch, unread_.size() - on_the_way_);
    on_the_way_ += count;
    answer_with({.at = {}, .what = answer::entries, .count = count});
  }

  void answer_with(answer what) {
    what.at = now_ + up_to(2ms);
    if (!answers_.empty()) what.at = std::max(what.at, answers_.back().at);
    answers_.push_back(what);
  }

  void receive() {
    const auto got = answers_.front();
    answers_.pop_front();
    if (got.what == answer::ring) return cycle_.on_ring();
    --under_way_;
    if (got.what == answer::error) {
      cycle_.on_failure(now_);
      return;
    }
    for (std::size_t i = 0; i < got.count; ++i) {
      longest_ = std::max(longest_, now_ - unread_.front());
      unread_.pop_front();
    }
    on_the_way_ -= got.count;
    cycle_.on_read(got.count, batch, now_);
  }

  // What was on the way is lost and read again, as the backlog or by its ids.
  void lose_link() {
    if (relink_at_ != time_point::max()) return;
    requests_.clear();
    answers_.clear();
    armed_ = false;
    on_the_way_ = 0;
    for (; under_way_ > 0; --under_way_) cycle_.on_failure(now_);
    cycle_.on_link_lost();
    relink_at_ = now_ + up_to(50ms);
  }

  void advance() {
    for (auto look = cycle_.next(now_); look != read_cycle::look::no; look = cycle_.next(now_)) {
      ++under_way_;
      ++reads_;
      auto at = now_ + up_to(2ms);
      if (!requests_.empty()) at = std::max(at, requests_.back().at);
      const bool arms = look == read_cycle::look::arm_and_read || read_arms_;
      requests_.push_back({.at = at, .arms = arms, .reads = false});
      requests_.push_back({.at = at + up_to(1ms), .arms = false, .reads = true});
    }
  }

  std::mt19937_64 dice_;
  weather bad_;
  read_cycle cycle_;
  bool read_arms_;
  time_point now_{24h};
  time_point relink_at_ = time_point::max();
  std::deque<request> requests_;
  std::deque<answer> answers_;
  std::deque<time_point> unread_;
  std::size_t on_the_way_ = 0;
  bool armed_ = false;
  int under_way_ = 0;
  duration longest_{};
  std::uint64_t reads_ = 0;
};

constexpr read_cycle::settings group_reader{.recheck = 5s, .depth = 2};
constexpr read_cycle::settings without_net{.recheck = 1h, .depth = 2};

// Draining a burst takes some round trips; each is 5 ms at most.
constexpr duration drain_time = 500ms;

TEST_CASE("while every bell arrives, nothing ever waits for the net") {
  const auto seed = GENERATE(range(1, 60));
  model play(without_net, {}, static_cast<std::uint64_t>(seed));
  CHECK(play.run(400) < drain_time);
}

TEST_CASE("rings for nothing delay an entry by the damping at most") {
  const auto seed = GENERATE(range(1, 60));
  model play(without_net, {.idle_ring = 0.7}, static_cast<std::uint64_t>(seed));
  CHECK(play.run(400) < 1s + drain_time);
}

TEST_CASE("what rings no bell, and bells that are lost, wait for the net and no longer") {
  const auto seed = GENERATE(range(1, 60));
  model play(group_reader, {.lost_bell = 0.3, .silent_append = 0.3, .idle_ring = 0.2},
             static_cast<std::uint64_t>(seed));
  CHECK(play.run(400) < 6s + 1s + drain_time);
}

TEST_CASE("refused reads and broken links delay by the back-off, and strand nothing") {
  const auto seed = GENERATE(range(1, 60));
  model play(
      group_reader,
      {.lost_bell = 0.1, .silent_append = 0.1, .idle_ring = 0.2, .error = 0.3, .link_loss = 0.05},
      static_cast<std::uint64_t>(seed));
  CHECK(play.run(400) < 6s + 3 * 5s + drain_time);
}

TEST_CASE("a reader whose reading arms is no worse off") {
  const auto seed = GENERATE(range(1, 60));
  model play({.read_arms = true, .recheck = 1h}, {.idle_ring = 0.3},
             static_cast<std::uint64_t>(seed));
  CHECK(play.run(400) < 1s + drain_time);
}

TEST_CASE("the number of reads stays in proportion to what there is to read") {
  model play(group_reader, {}, 7);
  play.run(2'000);
  CHECK(play.reads() < 2 * 2'000 + 2'000);
}

}  // namespace
