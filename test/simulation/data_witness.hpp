// What truly happens at the modelled server, for whoever keeps the books.
#pragma once

#include "data_set.hpp"

#include "sluice/core/entry_id.hpp"

#include <cstdint>
#include <string>

namespace sluice::simulation {

/// A pending entry gets another owner, or its first one.
struct ownership_change {
  std::string stream, group;
  entry_id id;
  std::string from;   ///< Empty when it was not pending.
  std::string to;     ///< May be the same.
  std::string actor;  ///< The member that a script acts for; empty outside of scripts.
  std::int64_t deliveries_before = 0;
  std::int64_t deliveries = 0;
};

/// Told what truly happened to the data, whatever the clients got to know.
class data_witness {
 public:
  virtual void on_append(const std::string& stream, entry_id id,
                         const stored_stream::field_list& fields) = 0;
  /// An entry was deleted, by itself or with its stream.
  virtual void on_delete(const std::string& stream, entry_id id) = 0;
  virtual void on_group_gone(const std::string& stream, const std::string& group) = 0;
  virtual void on_owner(const ownership_change& what) = 0;
  /// A pending entry of `owner` is pending no more; `actor` as in `ownership_change`.
  virtual void on_acknowledged(const std::string& stream, const std::string& group, entry_id id,
                               const std::string& owner, const std::string& actor) = 0;
  virtual void on_published(const std::string& channel, const std::string& text) = 0;
  /// A member of a sorted set is new, or has another score.
  virtual void on_scored(const std::string& key, const std::string& member, double score) = 0;
  virtual void on_unscored(const std::string& key, const std::string& member, double score) = 0;
  /// All data is about to go.
  virtual void on_flush() = 0;

 protected:
  ~data_witness() = default;
};

}  // namespace sluice::simulation
