// The duty to settle what an element came from, shared by all that was made of it.
#pragma once

#include "sluice/group/error_handlers.hpp"

#include <cstddef>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace sluice::flow {

/// What an element came from: an entry of a group, a value of a list. Told once what became of it,
/// when everything that was made of it is done with. A base class, as each kind of source settles
/// in its own way.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: belongs to its source; it must live until it has been told.
class origin {
 public:
  origin(const origin&) = delete;
  origin& operator=(const origin&) = delete;

  /// The entry of a group that it is, for sinks that settle it in one step with what they write;
  /// null for everything else.
  virtual delivery* held() noexcept { return nullptr; }
  /// True once it belongs to somebody else, who works on it anew: there is no use in going on.
  virtual bool lost() const noexcept { return false; }
  /// False where a part of it came from where nothing is given back to.
  virtual bool whole() const noexcept { return true; }

 protected:
  origin() = default;
  ~origin() = default;

 private:
  friend class receipt;
  friend class joint_origin;
  struct mishap {
    mishap(std::exception_ptr failure, verdict judged)
        : why(std::move(failure)), what(std::move(judged)) {}
    std::exception_ptr why;
    verdict what;
  };

  /// Every part is done. It may be used for another element from then on.
  virtual void on_done() noexcept = 0;
  /// A part has failed, the first one for this reason; all others are done.
  virtual void on_failed(const std::exception_ptr& why, const verdict& what) noexcept = 0;
  virtual void name_all(std::vector<origin*>& into) { into.push_back(this); }

  std::size_t shares_ = 0;
  std::unique_ptr<mishap> failure_;
};

/// A share in an origin. Each part of an element has one: where an element goes two ways, it is
/// copied; where it is done with, it is destroyed. The last one settles the origin.
///
/// Thread rule: used on the executor of its pipeline.
class receipt {
 public:
  /// Of an element that nobody asks after.
  receipt() noexcept = default;
  /// One more share.
  explicit receipt(origin& from) noexcept : origin_(&from) { ++from.shares_; }
  receipt(const receipt& other) noexcept : origin_(other.origin_) {
    if (origin_ != nullptr) ++origin_->shares_;
  }
  receipt(receipt&& other) noexcept : origin_(std::exchange(other.origin_, nullptr)) {}
  receipt& operator=(receipt other) noexcept {
    std::swap(origin_, other.origin_);
    return *this;
  }
  ~receipt() {
    if (origin_ != nullptr && --origin_->shares_ == 0) settle();
  }

  /// A share in each of several, for what is made of all of them; also of parts that nobody asks
  /// after.
  static receipt of_all(std::vector<receipt> parts);

  /// True where somebody asks after it.
  explicit operator bool() const noexcept { return origin_ != nullptr; }
  /// True where somebody asks after all of it: what fails can be given back.
  bool whole() const noexcept { return origin_ != nullptr && origin_->whole(); }
  /// True once all that is behind it belongs to somebody else.
  bool lost() const noexcept { return origin_ != nullptr && origin_->lost(); }
  /// This part has failed: its origin will be settled by `what` and not as done. Of several
  /// failures the first one counts. Without effect where nobody asks.
  void fail(std::exception_ptr why, verdict what);
  /// All origins behind it.
  std::vector<origin*> origins() const;

 private:
  friend class joint_origin;

  void settle() noexcept;

  origin* origin_ = nullptr;
};

/// What goes through a pipeline: a value, and the share in what it came from.
///
/// Thread rule: used on the executor of its pipeline.
template <class T>
struct item {
  T value;
  receipt from;
};

}  // namespace sluice::flow
