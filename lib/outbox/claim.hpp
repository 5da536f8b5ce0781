// What holds a batch of staged messages while they are sent.
#pragma once

#include "outbox/batch.hpp"
#include "outbox/session_source.hpp"
#include "outbox/table_lock.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace sluice::outbox {

/// Takes what is due and holds it until it is settled or given back: by an open transaction where
/// the database locks rows, else by a `table_lock` between two transactions. Each call blocks and
/// belongs on a thread that may; calls come one after the other, from whatever threads.
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

  const findings& found() const noexcept { return found_; }

 private:
  void open();
  bool is_anything_due();
  void hold_due_rows();
  void begin();
  void commit();
  void read_due_rows();
  void drop_overtakers();
  void purge(wall_time before);
  void fail() noexcept;
  void release() noexcept;

  std::shared_ptr<const session_source> sessions_;
  table from_;
  claim_request what_;
  std::unique_ptr<soci::session> sql_;
  table_lock lock_;
  std::optional<statements> text_;
  bool in_transaction_ = false;
  findings found_;
};

}  // namespace sluice::outbox
