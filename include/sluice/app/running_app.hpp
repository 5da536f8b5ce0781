// An app, as its extensions reach it.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace sluice {

/// The app that an extension belongs to. It does not keep the app.
///
/// Thread rule: used on the client's executor. Copies are the same app.
class running_app {
 public:
  /// No app: nameless, and without age.
  running_app() = default;
  /// Made by apps.
  explicit running_app(std::weak_ptr<class app_core> which) : which_(std::move(which)) {}

  /// What it is called; empty when it is gone.
  std::string name() const;
  /// Where it runs; empty when it is gone.
  boost::asio::any_io_executor get_executor() const;
  /// How long ago its `run()` began, ≥ 0; 0 when it is gone.
  std::chrono::milliseconds age() const;
  /// Ends it in good order; see `app::stop`.
  void stop() const noexcept;

 private:
  std::weak_ptr<app_core> which_;
};

}  // namespace sluice
