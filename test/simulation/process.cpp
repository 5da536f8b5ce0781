#include "process.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace sluice::simulation {
namespace {

class process_alarm final : public clock::alarm {
 public:
  process_alarm(std::shared_ptr<process> home, std::unique_ptr<clock::alarm> inner)
      : home_(std::move(home)), inner_(std::move(inner)) {}
  ~process_alarm() override { cancel(); }

  void set(clock::time_point at, std::function<void()> ring) override {
    // One that has run out while the process stood still can be cancelled all the same.
    current_ = std::make_shared<std::function<void()>>(std::move(ring));
    inner_->set(at, [home = home_, what = std::weak_ptr(current_)] {
      home->ring([what] {
        const auto still = what.lock();
        if (still) (*still)();
      });
    });
  }
  void cancel() noexcept override {
    current_.reset();
    inner_->cancel();
  }

 private:
  std::shared_ptr<process> home_;
  std::unique_ptr<clock::alarm> inner_;
  std::shared_ptr<std::function<void()>> current_;
};

class process_clock final : public clock {
 public:
  process_clock(std::shared_ptr<process> home, std::shared_ptr<clock> world)
      : home_(std::move(home)), world_(std::move(world)) {}

  time_point now() const noexcept override { return world_->now(); }
  std::chrono::system_clock::time_point wall_now() const noexcept override {
    return world_->wall_now();
  }
  std::unique_ptr<alarm> make_alarm(boost::asio::any_io_executor executor) override {
    return std::make_unique<process_alarm>(home_, world_->make_alarm(std::move(executor)));
  }

 private:
  std::shared_ptr<process> home_;
  std::shared_ptr<clock> world_;
};

}  // namespace

std::shared_ptr<process> process::make(timeline& time) {
  return std::shared_ptr<process>(new process(time));
}

std::shared_ptr<clock> process::time_source() {
  return std::make_shared<process_clock>(shared_from_this(), time_.time());
}

boost::asio::awaitable<void> process::sleep(clock::duration how_long) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      [self = shared_from_this(), how_long](auto handler) {
        // A std::function has to be copyable, the handler is not.
        const auto held = std::make_shared<decltype(handler)>(std::move(handler));
        self->time_.after(how_long, [self, held] { self->ring([held] { std::move (*held)(); }); });
      },
      boost::asio::use_awaitable);
}

void process::receive(act what) {
  if (dead_) return;
  frozen_ ? received_.push_back(std::move(what)) : what();
}

void process::ring(act what) { frozen_ ? rung_.push_back(std::move(what)) : what(); }

void process::thaw() {
  if (!std::exchange(frozen_, false)) return;
  for (auto* const each : {&received_, &rung_}) {
    for (auto& what : std::exchange(*each, {})) time_.after({}, std::move(what));
  }
}

void process::kill() {
  dead_ = true;
  received_.clear();
  thaw();
}

}  // namespace sluice::simulation
