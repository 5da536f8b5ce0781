// What to do with an entry whose handler failed, by the type of the error.
#pragma once

#include "sluice/core/thrown.hpp"
#include "sluice/group/delivery.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// What becomes of an entry whose handler threw.
///
/// Thread rule: a value.
class verdict {
 public:
  /// In which way it is settled.
  enum class kind : unsigned char { ack, retry, nack, reject, leave, rethrow };

  /// The error does not matter: the entry is done.
  static verdict ack() { return verdict(kind::ack); }
  /// As the retry policy says, as if no error handler had been there.
  static verdict retry() { return verdict(kind::retry); }
  /// It is tried again after `delay`, however often it has been.
  ///
  /// Throws `error` with `errc::invalid_argument` for a delay below zero.
  static verdict nack(std::chrono::milliseconds delay = std::chrono::milliseconds(0));
  /// It becomes a dead letter for this reason.
  static verdict reject(std::string reason) {
    verdict made(kind::reject);
    made.reason_ = std::move(reason);
    return made;
  }
  /// It stays pending under the member's name, for a person to look at: it comes again when that
  /// member starts again, and not before.
  static verdict leave() { return verdict(kind::leave); }
  /// The worker stops, hands the entry back, and throws the error out of `run()`.
  static verdict rethrow() { return verdict(kind::rethrow); }

  /// In which way.
  kind what() const noexcept { return kind_; }
  /// For `kind::nack`.
  std::chrono::milliseconds delay() const noexcept { return delay_; }
  /// For `kind::reject`.
  const std::string& reason() const noexcept { return reason_; }

 private:
  explicit verdict(kind what) : kind_(what) {}

  kind kind_;
  std::chrono::milliseconds delay_{0};
  std::string reason_;
};

/// Handlers by type of error. Of those that fit, the one for the most derived type judges, in
/// whatever order they were added; of two for one type the later, of two for types that are not
/// related the one added first.
///
/// @code
/// sluice::error_handlers()
///     .on<std::invalid_argument>([](const auto& why, const auto&) {
///       return sluice::verdict::reject(why.what());
///     })
///     .on<timeout>([](const auto&, const auto&) { return sluice::verdict::nack(10s); })
/// @endcode
///
/// Thread rule: a value; it is only read by those who use it.
class error_handlers {
 public:
  /// Adds a handler for errors of this type and of types derived from it. What it throws itself
  /// ends the work, as `verdict::rethrow` does.
  template <class Error>
  error_handlers& on(std::function<verdict(const Error&, const delivery&)> judge) {
    rule made;
    made.applies = thrown_is<Error>;
    made.judge = [judge = std::move(judge)](const std::exception_ptr& failure,
                                            const delivery& which) {
      try {
        std::rethrow_exception(failure);
      } catch (const Error& why) {
        return judge(why, which);
      }
    };
    made.throw_pointer = [] { throw static_cast<const Error*>(nullptr); };
    made.catches_pointer = [](void (*thrown)()) {
      try {
        thrown();
      } catch (const Error*) {
        return true;
      } catch (...) {
        return false;
      }
      return false;
    };
    rules_.push_back(std::move(made));
    return *this;
  }

  /// The verdict; empty when no handler fits. Throws what the handler throws.
  std::optional<verdict> judge(const std::exception_ptr& failure, const delivery& which) const;

 private:
  struct rule {
    bool (*applies)(const std::exception_ptr&);
    std::function<verdict(const std::exception_ptr&, const delivery&)> judge;
    // A pointer to a derived type is caught as one to its base: so the language itself says which
    // of two types is the more derived.
    void (*throw_pointer)();
    bool (*catches_pointer)(void (*)());
  };

  std::vector<rule> rules_;
};

}  // namespace sluice
