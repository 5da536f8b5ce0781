// Who a named producer is to the server, and the sequence numbers of its additions.
#pragma once

#include "sluice/core/clock.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

/// How the server recognises one addition: see `once_script` for what each part is.
struct once_mark {
  std::string record, field;
  std::chrono::milliseconds memory;
  std::string forget_from;
  std::uint64_t forget_count = 0;
};

/// The additions of one producer to one stream: which are under way, and so have to be remembered.
class addition_series {
 public:
  /// Marks the next addition, and now and then says what the server may forget.
  once_mark next(std::string_view record, clock::time_point now);
  /// Nobody will repeat it any more.
  void finished(std::uint64_t sequence) noexcept;
  std::uint64_t last() const noexcept { return oldest_ + done_.size() - 1; }

 private:
  std::uint64_t oldest_ = 0;  // all before are finished
  std::deque<bool> done_;     // from the oldest on
  std::uint64_t forgotten_ = 0;
  clock::time_point renewed_{};
};

/// The time in which one addition may be repeated. Moved along with what is sent.
class addition_in_series {
 public:
  addition_in_series() = default;
  addition_in_series(std::shared_ptr<addition_series> series, std::uint64_t sequence)
      : series_(std::move(series)), sequence_(sequence) {}
  addition_in_series(addition_in_series&&) noexcept = default;
  addition_in_series& operator=(addition_in_series&& other) noexcept;
  ~addition_in_series();

 private:
  std::shared_ptr<addition_series> series_;
  std::uint64_t sequence_ = 0;
};

/// Pure. Two producers of one name differ in their incarnation; they share what has a key of the
/// application's own.
class producer_identity {
 public:
  /// Throws `error` with `errc::invalid_argument` for a name or a memory that `producer::named`
  /// does not take.
  producer_identity(std::string_view name, std::chrono::milliseconds memory,
                    std::uint64_t incarnation);

  /// Marks the next addition to a stream; it is remembered until `in_series` is gone.
  once_mark mark(std::string_view stream, clock::time_point now, addition_in_series& in_series);
  /// Marks the addition that has a key of the application's own.
  once_mark mark(std::string_view stream, std::string_view key) const;

 private:
  std::string name_, incarnation_;
  std::chrono::milliseconds memory_;
  std::map<std::string, std::shared_ptr<addition_series>, std::less<>> series_;
};

}  // namespace sluice
