// Who has a duty to an element, wherever it is when something throws or is taken away.
#include "support/pipeline_scene.hpp"

#include <sluice/core/result.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/merge.hpp>
#include <sluice/flow/on_error.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/flow/scan.hpp>
#include <sluice/flow/unique.hpp>
#include <sluice/flow/zip.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <deque>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace flow = sluice::flow;
using namespace std::chrono_literals;
using scene::run;

/// What became of elements that can be given back.
struct book {
  class place final : public flow::origin {
   public:
    place(book& in, int number) : in_(in), number_(number) {}
    bool lost() const noexcept override { return in_.lost == number_; }

   private:
    void on_done() noexcept override { in_.done.push_back(number_); }
    void on_failed(const std::exception_ptr&, const sluice::verdict&) noexcept override {
      in_.failed.push_back(number_);
    }

    book& in_;
    int number_;
  };

  flow::receipt add() { return flow::receipt(places.emplace_back(*this, added++)); }

  std::deque<place> places;
  int added = 0;
  std::vector<int> done;
  std::vector<int> failed;
  std::optional<int> lost;
};

/// 0, 1, …, each of which can be given back.
template <class Value>
class dutiful_source : public flow::source_base {
 public:
  using value_type = Value;
  static constexpr auto name = "dutiful";

  dutiful_source(book& in, int count) : in_(&in), left_(count) {}

  asio::awaitable<std::optional<flow::item<Value>>> next() { co_return take(); }
  std::optional<flow::item<Value>> take() {
    std::optional<flow::item<Value>> found;
    if (left_ == 0) return found;
    --left_;
    const int number = in_->added;
    found.emplace(Value(number), in_->add());
    return found;
  }
  void close() noexcept { left_ = 0; }

 private:
  book* in_;
  int left_;
};

using dutiful = dutiful_source<int>;

/// Its copies throw where it says so.
struct fragile {
  explicit fragile(int which) : number(which) {}
  fragile(const fragile& other) : number(other.number) { check(); }
  fragile(fragile&& other) : number(other.number) {}
  fragile& operator=(const fragile& other) {
    number = other.number;
    check();
    return *this;
  }
  void check() const {
    if (number == 2) throw std::runtime_error("cannot be copied");
  }
  int number;
};

std::string failure_of(flow::pipeline made) {
  try {
    run(std::move(made));
  } catch (const std::exception& why) {
    return why.what();
  }
  return "";
}

// Cancels it when it has gone on for a while, and waits for its end, which has to come.
void cancel_soon(const std::function<asio::awaitable<void>()>& what) {
  asio::io_context io;
  asio::cancellation_signal cancel;
  bool ended = false;
  asio::co_spawn(io, what,
                 asio::bind_cancellation_slot(cancel.slot(),
                                              [&](const std::exception_ptr&) { ended = true; }));
  scene::play(io, [&]() -> asio::awaitable<void> {
    co_await scene::pause(5ms);
    cancel.emit(asio::cancellation_type::terminal);
    while (!ended) co_await scene::pause(1ms);
  });
}

const auto odd_batch = [](const std::vector<int>&) { throw std::runtime_error("odd"); };

}  // namespace

TEST_CASE("what throws behind a stage fails the element, and does not count as done") {
  book all;
  const auto sum = [](fragile so_far, const fragile& next) {
    so_far = next;
    return so_far;
  };
  run(dutiful(all, 4) | flow::map([](int n) { return fragile(n); }) | flow::scan(fragile(0), sum) |
      flow::on_error(sluice::verdict::nack()) | flow::sink([](const fragile&) {}));
  CHECK(all.failed == std::vector{2});
  CHECK(all.done == std::vector{0, 1, 3});
}

TEST_CASE("what throws right behind the source ends the run, and its element is not done") {
  book all;
  CHECK(failure_of(dutiful_source<fragile>(all, 4) | flow::sliding_window(1) |
                   flow::sink([](const std::vector<fragile>&) {})) == "cannot be copied");
  CHECK(all.failed == std::vector{2});
  CHECK(all.done == std::vector{0, 1});
}

TEST_CASE("a batch with elements that nobody can give back ends the run when it fails") {
  book all;
  CHECK(failure_of(flow::merge(dutiful(all, 3), flow::from(std::vector{7})) | flow::partition(4) |
                   flow::sink(odd_batch)) == "odd");
  CHECK(all.failed == std::vector{0, 1, 2});
}

TEST_CASE("a batch whose elements can all be given back fails alone") {
  book all;
  CHECK(failure_of(dutiful(all, 4) | flow::partition(2) | flow::sink(odd_batch)) == "");
  CHECK(all.failed == std::vector{0, 1, 2, 3});
}

TEST_CASE("a pair with an element that nobody can give back ends the run when it fails") {
  book all;
  const auto refuse = [](const std::tuple<int, int>&) { throw std::runtime_error("odd"); };
  CHECK(failure_of(flow::zip(dutiful(all, 1), scene::numbers(1)) | flow::sink(refuse)) == "odd");
  CHECK(all.failed == std::vector{0});
}

TEST_CASE("a batch of which a part is somebody else's by now is worked on for the others' sake") {
  book all;
  all.lost = 0;
  int batches = 0;
  const auto count = [&](const std::vector<int>&) -> asio::awaitable<void> {
    ++batches;
    co_return;
  };
  run(flow::merge(dutiful(all, 1), scene::numbers(1)) | flow::partition(2) | flow::sink(count));
  CHECK(batches == 1);
}

TEST_CASE("a key whose element is somebody else's by now is new when it comes again") {
  book all;
  flow::recent_keys<std::string> keys(10);
  book::place first(all, 0);
  book::place second(all, 1);
  CHECK(keys.add("a"));
  keys.entered("a", first);
  CHECK_FALSE(keys.add("a"));
  all.lost = 0;
  CHECK(keys.add("a"));
  keys.entered("a", second);
  // What becomes of the first one says nothing about the second.
  CHECK_FALSE(keys.left("a", first));
  CHECK_FALSE(keys.add("a"));
  CHECK(keys.left("a", second));
  CHECK_FALSE(keys.add("a"));
}

TEST_CASE("who was cancelled during a run hears of it when it has ended") {
  int runs = 0;
  const auto again_and_again = [&]() -> asio::awaitable<void> {
    while (true) {
      auto made = flow::from([]() -> asio::awaitable<std::optional<int>> {
                    co_await scene::pause(1h);
                    co_return std::nullopt;
                  }) |
                  flow::sink([](int) {});
      co_await made.run();
      ++runs;
    }
  };
  cancel_soon(again_and_again);
  CHECK(runs == 1);
}

TEST_CASE("who ran a pipeline to its end can be cancelled afterwards") {
  bool ran = false;
  bool waited = false;
  const auto run_and_wait = [&]() -> asio::awaitable<void> {
    auto made = scene::numbers(3) | flow::sink([](int) {});
    co_await made.run();
    ran = true;
    co_await scene::pause(1h);
    waited = true;
  };
  cancel_soon(run_and_wait);
  CHECK(ran);
  CHECK_FALSE(waited);
}

TEST_CASE("a run that is cancelled by one of its first elements ends as stop ends it") {
  asio::io_context io;
  asio::cancellation_signal cancel;
  book all;
  std::vector<int> seen;
  bool ended = false;
  const auto cancelling = [&](int n) {
    if (n == 2) cancel.emit(asio::cancellation_type::terminal);
    seen.push_back(n);
  };
  auto made = dutiful(all, 10) | flow::sink(cancelling);
  asio::co_spawn(io, made.run(),
                 asio::bind_cancellation_slot(cancel.slot(),
                                              [&](const std::exception_ptr&) { ended = true; }));
  scene::play(io, [&]() -> asio::awaitable<void> {
    while (!ended) co_await scene::pause(1ms);
  });
  CHECK(all.done == seen);
  CHECK(made.statistics().size() == 2);
}
