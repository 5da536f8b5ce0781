// What wants to know what an app does, and may do something of its own beside it.
#pragma once

#include "sluice/app/consumption.hpp"
#include "sluice/app/running_app.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <string>

namespace sluice {

/// A base class of what `app::extend` takes. Each function does nothing unless it is overridden.
///
/// Beginning and ending an app may take a while, so these are coroutines. All others are plain
/// functions, since every message waits for them: they must not block.
///
/// What they throw harms nobody: it is told by the event `extension_failed`, once until the same
/// function succeeds again, and everything goes on.
///
/// @code
/// class slow_log : public sluice::extension {
///   void on_consume_end(const sluice::consumption& what) override {
///     if (what.taken() > 1s) std::clog << what.message().topic() << " is slow\n";
///   }
/// };
/// billing.extend(slow_log());
/// @endcode
///
/// Thread rule: called on the executor of the app's client.
/// Lifetime: lives as long as the app, and until its `run()` has returned. It extends one app.
class extension {
 public:
  extension() = default;
  virtual ~extension();

  /// What events call it. By default the name of its class.
  virtual std::string name() const;

  /// Before the first message, one extension after the other; the app waits for it.
  ///
  /// Errors: those of the override; the app begins nevertheless.
  /// Cancellation: when the app is stopped meanwhile; one that does not end within 1 s is left.
  /// Cost: none.
  virtual boost::asio::awaitable<void> on_start(running_app where);
  /// After the last message and the last flush, the last extension first. Only of those whose
  /// `on_start` was called.
  ///
  /// Errors: those of the override; the app ends nevertheless.
  /// Cancellation: after the longest `listener_options::drain_within`; one that does not end within
  /// 1 s is left.
  /// Cost: none.
  virtual boost::asio::awaitable<void> on_stop();

  /// A listener begins with a message.
  virtual void on_consume_begin(const consumption& what);
  /// It has failed for good, of `failure`. Followed by the end.
  virtual void on_consume_exception(const consumption& what, const std::exception_ptr& failure);
  /// It has ended, however that was: each beginning has its end, unless the execution context ends
  /// before.
  virtual void on_consume_end(const consumption& what);

  /// How long `on_tick` is not called after a call, ≥ 0; asked once, when the app begins. By
  /// default 0: it is never called.
  virtual std::chrono::milliseconds tick_every() const;
  /// Every now and then while the app runs and drains.
  virtual void on_tick();

  /// In a process of a supervisor's crew, before anything else: there is no execution context and
  /// no connection. `number` says which of the processes it is, from 0; one that is started in
  /// another's place has its number.
  virtual void on_fork(std::size_t number);

 protected:
  extension(const extension&) = default;
  extension& operator=(const extension&) = default;
  extension(extension&&) = default;
  extension& operator=(extension&&) = default;
};

}  // namespace sluice
