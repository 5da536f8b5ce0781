// Entries that were given up: to look at, mend, bring back or drop.
#pragma once

#include "sluice/core/entry_id.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/stream/fields.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// One dead letter: the entry as it was, and how it died.
///
/// Thread rule: a value.
class dead_letter {
 public:
  using time_point = std::chrono::system_clock::time_point;

  /// Its own id, in the stream of dead letters.
  entry_id id() const noexcept { return id_; }
  /// Where it came from.
  const std::string& stream() const noexcept { return stream_; }
  /// The id it had there.
  entry_id entry() const noexcept { return entry_; }
  /// The group that gave it up.
  const std::string& group() const noexcept { return group_; }
  /// The member that did.
  const std::string& consumer() const noexcept { return consumer_; }
  /// Why: "max_deliveries", or what `delivery::reject` was told.
  const std::string& reason() const noexcept { return reason_; }
  /// The text of the last error, where one was known.
  const std::string& error_text() const noexcept { return error_text_; }
  /// How often it had been delivered.
  std::int64_t deliveries() const noexcept { return deliveries_; }
  /// When it was added to its stream, by the server's clock.
  time_point added() const noexcept { return added_; }
  /// When it was given up, by the server's clock.
  time_point died() const noexcept { return died_; }
  /// The entry's names and values, in order.
  const std::vector<std::pair<std::string, std::string>>& fields() const noexcept {
    return fields_;
  }
  /// The value of the first field of that name, or `otherwise` where there is none.
  std::string_view field(std::string_view name, std::string_view otherwise = {}) const noexcept;

 private:
  friend struct dead_letter_decoder;
  entry_id id_, entry_;
  std::string stream_, group_, consumer_, reason_, error_text_;
  std::int64_t deliveries_ = 0;
  time_point added_, died_;
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// How a dead letter comes back.
enum class redrive_as : unsigned char {
  /// For the group that gave it up alone, under its old id, with a fresh delivery count: members
  /// that use this library get it as if it had been given back. Where its stream does not hold it
  /// any more, or it was edited, as a new entry.
  same_entry,
  /// Added to its stream again: every group of the stream gets it, members of other libraries too.
  new_entry,
};

/// The dead letters of a stream. They are kept in a stream of their own, whose entries are as
/// readable as any others'.
///
/// Everything here may be done again without harm: a dead letter comes back once, or is dropped
/// once, however often that is asked for.
///
/// Thread rule: used on the client's executor.
/// Lifetime: keeps its client's connection alive; operations in progress outlive it.
class dead_letters {
 public:
  /// Those in the stream `name`; `dead_letters::stream_of("orders")` is what groups use by default.
  dead_letters(client redis, std::string name);

  /// Where the dead letters of a stream go by default: "orders:dead".
  static std::string stream_of(std::string_view stream);
  /// The name of the stream that holds them.
  const std::string& name() const noexcept { return name_; }

  /// How many there are.
  ///
  /// Errors: the server's and the connection's. Cancellation: changes nothing.
  /// Cost: one round trip (`XLEN`).
  boost::asio::awaitable<std::size_t> size() const;
  /// Up to `most` (≥ 1), the oldest first, behind the id `after`. Entries in the stream that are no
  /// dead letters are left out.
  ///
  /// Errors: `invalid_argument`; the server's and the connection's. Cancellation: changes nothing.
  /// Cost: one round trip (`XRANGE`), and more where entries are left out.
  boost::asio::awaitable<std::vector<dead_letter>> list(std::size_t most = 100,
                                                        entry_id after = entry_id()) const;
  /// One of them; empty when there is none of that id.
  ///
  /// Errors and cancellation: as `list`. Cost: one round trip (`XRANGE`).
  boost::asio::awaitable<std::optional<dead_letter>> find(entry_id id) const;

  /// Brings one back and gives the id under which it comes again, 0-0 for what was an element of a
  /// list; empty when there is none of that id (any more).
  ///
  /// Errors: `out_of_memory` and others of the server: it is then still here.
  /// Cancellation: it may come back all the same. Cost: two round trips (`XRANGE`, a script).
  boost::asio::awaitable<std::optional<entry_id>> redrive(
      entry_id id, redrive_as how = redrive_as::same_entry) const;
  /// The same with other fields than it had: it comes back as a new entry.
  ///
  /// Throws `error` with `errc::invalid_argument` when there are no fields.
  /// Errors, cancellation and cost: as above.
  boost::asio::awaitable<std::optional<entry_id>> redrive(entry_id id, const fields& edited) const;
  /// Brings back all that are here now, the oldest first; how many that were.
  ///
  /// Errors: the first that occurred; those before it have come back.
  /// Cancellation: stops between two of them. Cost: two round trips each (`XRANGE`, a script).
  boost::asio::awaitable<std::size_t> redrive_all(redrive_as how = redrive_as::same_entry) const;

  /// Drops one for good. False when there is none of that id (any more).
  ///
  /// Errors: the server's and the connection's. Cancellation: it may be dropped all the same.
  /// Cost: one round trip (`XDEL`).
  boost::asio::awaitable<bool> drop(entry_id id) const;

 private:
  client redis_;
  std::string name_;
};

}  // namespace sluice
