// What the modelled server stores: streams with their groups, sorted sets, hashes, plain values.
#pragma once

#include "sluice/core/entry_id.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::simulation {

/// Since the epoch, by the server's wall clock.
using wall_time = std::chrono::milliseconds;

/// An entry that a group has given to a consumer and not seen acknowledged.
struct pending_entry {
  std::string consumer;
  std::int64_t deliveries = 1;
  wall_time given{};
};

struct stored_group {
  entry_id last_delivered;
  std::map<entry_id, pending_entry> pending;
  std::map<std::string, wall_time, std::less<>> consumers;  // when each was last seen
};

struct stored_stream {
  using field_list = std::vector<std::string>;

  std::map<entry_id, field_list> entries;
  entry_id last_id;
  std::map<std::string, stored_group, std::less<>> groups;

  /// Adds an entry under an id of the server's own making.
  entry_id append(wall_time now, field_list fields) {
    const entry_id by_clock(static_cast<std::uint64_t>(now.count()));
    last_id = by_clock > last_id ? by_clock : last_id.next();
    entries.emplace(last_id, std::move(fields));
    return last_id;
  }
  /// Adds an entry under an id of the client's choice. False when it is not the greatest.
  bool append_as(entry_id id, field_list fields) {
    if (id <= last_id) return false;
    last_id = id;
    entries.emplace(id, std::move(fields));
    return true;
  }
};

/// Members by score, and by name among equals.
class sorted_set {
 public:
  using member = std::pair<double, std::string>;

  /// Returns whether it was new; `moved` whether anything changed.
  bool add(const std::string& name, double score, bool only_new, bool& moved) {
    const auto known = scores_.find(name);
    const bool fresh = known == scores_.end();
    moved = fresh || (!only_new && known->second != score);
    if (!moved) return fresh;
    remove(name);
    scores_[name] = score;
    members_.emplace(score, name);
    return fresh;
  }
  bool remove(const std::string& name) {
    const auto known = scores_.find(name);
    if (known == scores_.end()) return false;
    members_.erase({known->second, name});
    scores_.erase(known);
    return true;
  }
  std::optional<double> score_of(const std::string& name) const {
    const auto known = scores_.find(name);
    return known == scores_.end() ? std::nullopt : std::optional(known->second);
  }
  const std::set<member>& members() const noexcept { return members_; }

 private:
  std::map<std::string, double> scores_;
  std::set<member> members_;
};

struct plain_value {
  std::string text;
  std::optional<wall_time> expires;
};

struct data_set {
  std::map<std::string, stored_stream, std::less<>> streams;
  std::map<std::string, sorted_set, std::less<>> sets;
  std::map<std::string, std::map<std::string, std::string>, std::less<>> hashes;
  std::map<std::string, plain_value, std::less<>> values;

  stored_stream* stream(std::string_view key) {
    const auto found = streams.find(key);
    return found == streams.end() ? nullptr : &found->second;
  }
  stored_group* group(std::string_view key, std::string_view name) {
    auto* const in = stream(key);
    if (in == nullptr) return nullptr;
    const auto found = in->groups.find(name);
    return found == in->groups.end() ? nullptr : &found->second;
  }
  sorted_set* set(std::string_view key) {
    const auto found = sets.find(key);
    return found == sets.end() ? nullptr : &found->second;
  }
  bool exists(std::string_view key) const {
    return streams.contains(key) || sets.contains(key) || hashes.contains(key) ||
           values.contains(key);
  }
};

}  // namespace sluice::simulation
