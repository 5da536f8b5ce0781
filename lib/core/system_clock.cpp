#include "sluice/core/clock.hpp"

#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace sluice {
namespace {

class system_alarm final : public clock::alarm {
 public:
  explicit system_alarm(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  void set(clock::time_point at, std::function<void()> ring) override {
    // A handler that is queued already is not called back by a cancellation: the appointment's
    // token tells an old ring from the one that counts.
    auto token = std::make_shared<int>(0);
    current_ = token;
    timer_.expires_at(at);
    timer_.async_wait([token = std::weak_ptr<int>(token),
                       ring = std::move(ring)](const boost::system::error_code& failure) {
      if (!failure && !token.expired()) ring();
    });
  }

  void cancel() noexcept override {
    current_.reset();
    timer_.cancel();
  }

 private:
  boost::asio::steady_timer timer_;
  std::shared_ptr<int> current_;
};

class the_system_clock final : public clock {
 public:
  time_point now() const noexcept override { return std::chrono::steady_clock::now(); }
  std::chrono::system_clock::time_point wall_now() const noexcept override {
    return std::chrono::system_clock::now();
  }
  std::unique_ptr<alarm> make_alarm(boost::asio::any_io_executor executor) override {
    return std::make_unique<system_alarm>(executor);
  }
};

}  // namespace

std::shared_ptr<clock> system_clock() {
  static const auto instance = std::make_shared<the_system_clock>();
  return instance;
}

}  // namespace sluice
