// Fences an XACK by WATCH: for the server that is less work than a script.
#pragma once

#include "group/ownership.hpp"
#include "redis/connection.hpp"

#include "sluice/core/clock.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// The replies to one fenced XACK, one after the other. Pure.
class fenced_replies {
 public:
  static constexpr std::uint32_t count = 5;

  /// Takes the next reply, which is that of EXEC when this returns true.
  bool take(const resp::value& reply);
  /// The member was robbed, and nothing was executed.
  bool robbed() const noexcept { return robbed_; }
  /// The server refused a part. What it executed nevertheless may not have been fenced.
  bool refused() const noexcept { return refused_; }

 private:
  std::uint32_t taken_ = 0;
  bool robbed_ = false;
  bool refused_ = false;
};

/// `WATCH mark, PEXPIRE mark, MULTI, XACK …, EXEC`, where the mark is the key that says that the
/// member was robbed. PEXPIRE changes a mark that is there already, WATCH sees one that is set from
/// then on, and after either EXEC executes nothing. What comes before and behind such a unit does
/// not matter, so that many may be under way, and transactions of users between them.
///
/// A server that refuses some of these commands and not all would execute an XACK without a fence.
/// So each link is asked first, by an XACK of nothing, and the unit must be `risk::bound` to it.
class watched_fence final : private reply_sink {
 public:
  /// `mark` is how long whoever robs the member marks it.
  watched_fence(connection& link, const group_place& at, const std::string& member,
                std::chrono::milliseconds mark);
  watched_fence(const watched_fence&) = delete;
  watched_fence& operator=(const watched_fence&) = delete;
  ~watched_fence() { link_.abandon(question_); }

  /// Whether the next acknowledgement may go this way; asks the server when that is not known.
  bool usable();
  /// A frame of XACK, fenced.
  std::string around(std::string_view xack) const;
  /// What came of a unit.
  void heed(const fenced_replies& what);

 private:
  void ask();
  void rest(std::chrono::milliseconds how_long);
  void on_reply(const resp::value& value, const buffer_ref& bytes) override;
  void on_failure(const error&) override { asked_ = false; }

  connection& link_;
  std::string head_;
  std::string harmless_;  // an XACK that acknowledges nothing
  std::chrono::milliseconds mark_;
  clock::time_point rests_until_{};
  bool asked_ = false;
  engine::ticket question_ = 0;
  fenced_replies answers_;
  std::uint64_t granted_on_ = 0;  // the number of a link
};

}  // namespace sluice
