// One batch of staged messages and the SQL transaction that holds it.
#pragma once

#include "outbox/session_source.hpp"
#include "outbox/statements.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::outbox {

/// A message as it lies in the table.
struct staged_row {
  row_id id = 0;
  std::string message_id;
  std::string topic;
  std::string data;
};

/// What is wanted of the table.
struct claim_request {
  wall_time now;
  std::size_t limit = 1;
  exclusion without;
  std::optional<wall_time> purge_before;
};

/// Takes what is due and holds it until it is settled or given back. Each call blocks and belongs
/// on a thread that may; calls come one after the other, from whatever threads.
class claim {
 public:
  claim(std::shared_ptr<const session_source> sessions, table from, claim_request what);
  claim(const claim&) = delete;
  claim& operator=(const claim&) = delete;
  /// Gives back what is still held.
  ~claim();

  /// Purges if that was asked for, looks at what is due and locks it. Without rows afterwards
  /// nothing is held.
  void take();
  /// Marks rows sent and commits; the others are given back.
  void settle(const std::vector<row_id>& sent);
  /// Ends the transaction without having done anything.
  void give_back() noexcept;

  /// What was taken, in the order of the table.
  const std::vector<staged_row>& rows() const noexcept { return rows_; }
  /// Rows that say neither what to send nor where to.
  const std::vector<row_id>& unreadable() const noexcept { return unreadable_; }
  /// When the next message becomes due; empty when none is known to, or when it is already and
  /// somebody else has it.
  std::optional<wall_time> next_due() const noexcept { return next_due_; }
  std::size_t purged() const noexcept { return purged_; }

 private:
  void open();
  bool is_anything_due();
  void lock_rows();
  void drop_overtakers();
  void purge(wall_time before);
  void fail() noexcept;
  void release() noexcept;

  std::shared_ptr<const session_source> sessions_;
  table from_;
  claim_request what_;
  std::unique_ptr<soci::session> sql_;
  std::optional<statements> text_;
  bool in_transaction_ = false;
  std::vector<staged_row> rows_;
  std::vector<row_id> unreadable_;
  std::optional<wall_time> next_due_;
  std::size_t purged_ = 0;
};

/// How many rows a purge deletes at a time: enough to keep up, few enough to lock nobody out.
constexpr std::size_t purge_limit = 1'000;

}  // namespace sluice::outbox
