// What the modelled server stores: streams, their groups and what is pending in them.
#pragma once

#include "sluice/core/entry_id.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::simulation {

/// An entry that a group has given to a consumer and not seen acknowledged.
struct pending_entry {
  std::string consumer;
  std::int64_t deliveries = 1;
};

struct stored_group {
  entry_id last_delivered;
  std::map<entry_id, pending_entry> pending;
};

struct stored_stream {
  using field_list = std::vector<std::string>;

  std::map<entry_id, field_list> entries;
  entry_id last_id;
  std::map<std::string, stored_group, std::less<>> groups;

  /// Adds an entry under an id of the server's own making.
  entry_id append(std::uint64_t wall_milliseconds, field_list fields) {
    const entry_id by_clock(wall_milliseconds);
    last_id = by_clock > last_id ? by_clock : last_id.next();
    entries.emplace(last_id, std::move(fields));
    return last_id;
  }
};

/// Keys are streams, or plain values of which only the existence matters.
struct data_set {
  std::map<std::string, stored_stream, std::less<>> streams;
  std::map<std::string, std::string, std::less<>> values;

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
};

}  // namespace sluice::simulation
