// The modelled server's consumer groups.
#include "command_words.hpp"
#include "model_server.hpp"
#include "read_request.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::simulation {
namespace {

std::string no_group(const std::string& key, const std::string& group) {
  return "NOGROUP No such key '" + key + "' or consumer group '" + group + "'";
}

// A clock that was set back makes nothing younger than new.
std::int64_t idle(wall_time now, wall_time since) {
  return std::max<std::int64_t>((now - since).count(), 0);
}

}  // namespace

// Reading.

void model_server::xreadgroup(session_id who, const words& command, reply_text& out) {
  const read_request what(command);
  auto* const from = data_.stream(what.key);
  auto* const group = data_.group(what.key, what.group);
  if (group == nullptr) {
    out.error(no_group(what.key, what.group));
    return;
  }
  group->consumers[what.consumer] = now();
  if (what.id != ">") return read_history(what, *from, *group, out);
  read_new(what, *from, *group, out);
  if (out.empty()) block_or_nothing(who, command, what, out);
}

void model_server::read_new(const read_request& what, stored_stream& from, stored_group& group,
                            reply_text& out) {
  std::size_t count = 0;
  reply_text list;
  auto each = from.entries.upper_bound(group.last_delivered);
  for (; each != from.entries.end() && count < what.count; ++each, ++count) {
    const auto id = each->first;
    list.entry(id.to_string(), each->second);
    group.last_delivered = id;
    if (what.no_ack) {
      witness_.on_acknowledged(what.key, what.group, id, what.consumer, actor());
      continue;
    }
    group.pending[id] = {what.consumer, 1, now()};
    witness_.on_owner({what.key, what.group, id, {}, what.consumer, actor(), 0, 1});
  }
  if (count > 0) out.map(1).bulk(what.key).array(count).raw(list.text());
}

void model_server::read_history(const read_request& what, stored_stream& from, stored_group& group,
                                reply_text& out) {
  std::size_t count = 0;
  reply_text list;
  auto each = group.pending.upper_bound(*entry_id::parse(what.id));
  for (; each != group.pending.end() && count < what.count; ++each) {
    auto& [id, pending] = *each;
    if (pending.consumer != what.consumer) continue;
    ++count;
    ++pending.deliveries;
    pending.given = now();
    const auto payload = from.entries.find(id);
    if (payload == from.entries.end()) {
      list.array(2).bulk(id.to_string()).null();
    } else {
      list.entry(id.to_string(), payload->second);
    }
    witness_.on_owner({what.key, what.group, id, what.consumer, what.consumer, actor(),
                       pending.deliveries - 1, pending.deliveries});
  }
  out.map(1).bulk(what.key).array(count).raw(list.text());
}

// Settling.

void model_server::xack(session_id, const words& command, reply_text& out) {
  auto* const group = data_.group(command[1], command[2]);
  std::int64_t count = 0;
  for (std::size_t i = 3; group != nullptr && i < command.size(); ++i) {
    const auto settled = group->pending.extract(*entry_id::parse(command[i]));
    if (settled.empty()) continue;
    ++count;
    witness_.on_acknowledged(command[1], command[2], settled.key(), settled.mapped().consumer,
                             actor());
  }
  out.integer(count);
}

/// XCLAIM key group consumer min-idle-time id… [RETRYCOUNT count] [FORCE] [JUSTID]
struct model_server::claim_request {
  std::string key, group, consumer;
  std::int64_t least_idle = 0;
  std::vector<entry_id> ids;
  std::optional<std::int64_t> retry_count;
  bool force = false;
  bool just_ids = false;

  explicit claim_request(const words& command)
      : key(command[1]),
        group(command[2]),
        consumer(command[3]),
        least_idle(number_of(command[4])) {
    for (std::size_t i = 5; i < command.size(); ++i) {
      if (command[i] == "RETRYCOUNT") {
        retry_count = number_of(command[++i]);
      } else if (command[i] == "FORCE") {
        force = true;
      } else if (command[i] == "JUSTID") {
        just_ids = true;
      } else {
        ids.push_back(*entry_id::parse(command[i]));
      }
    }
  }
};

void model_server::xclaim(session_id, const words& command, reply_text& out) {
  const claim_request what(command);
  if (data_.group(what.key, what.group) == nullptr) {
    out.error(no_group(what.key, what.group));
    return;
  }
  std::size_t count = 0;
  reply_text list;
  for (const auto id : what.ids) count += claim(what, id, list) ? 1 : 0;
  out.array(count).raw(list.text());
}

bool model_server::claim(const claim_request& what, entry_id id, reply_text& list) {
  auto& stream = *data_.stream(what.key);
  auto& group = *data_.group(what.key, what.group);
  const auto known = group.pending.find(id);
  const auto payload = stream.entries.find(id);
  if (payload == stream.entries.end()) {
    // Nobody can work on it any more: since 7.0 it leaves the list right here.
    if (known == group.pending.end()) return false;
    const auto owner = known->second.consumer;
    group.pending.erase(known);
    witness_.on_acknowledged(what.key, what.group, id, owner, actor());
    return false;
  }
  if (known == group.pending.end() && !what.force) return false;
  pending_entry before{.consumer = {}, .deliveries = 0, .given = {}};
  if (known != group.pending.end()) before = known->second;
  if (known != group.pending.end() && idle(now(), before.given) < what.least_idle) return false;
  auto& entry = group.pending[id] = before;
  entry.consumer = what.consumer;
  entry.given = now();
  if (what.retry_count) {
    entry.deliveries = *what.retry_count;
  } else if (!what.just_ids) {
    ++entry.deliveries;
  }
  group.consumers[what.consumer] = now();
  witness_.on_owner({what.key, what.group, id, before.consumer, what.consumer, actor(),
                     before.deliveries, entry.deliveries});
  what.just_ids ? list.bulk(id.to_string()) : list.entry(id.to_string(), payload->second);
  return true;
}

// Groups and their members.

// XGROUP CREATE key group start MKSTREAM, XGROUP DELCONSUMER key group consumer
void model_server::xgroup(session_id, const words& command, reply_text& out) {
  if (command[1] == "DELCONSUMER") return remove_consumer(command, out);
  const auto& key = command[2];
  const bool fresh = !data_.streams.contains(key);
  auto& in = data_.streams[key];
  if (in.groups.contains(command[3])) {
    out.error("BUSYGROUP Consumer Group name already exists");
    return;
  }
  const auto start = command[4] == "$" ? in.last_id : *entry_id::parse(command[4]);
  in.groups[command[3]].last_delivered = start;
  out.simple("OK");
  if (fresh) touch(key);
}

// What it has pending goes with it.
void model_server::remove_consumer(const words& command, reply_text& out) {
  auto* const group = data_.group(command[2], command[3]);
  if (group == nullptr) {
    out.error(no_group(command[2], command[3]));
    return;
  }
  group->consumers.erase(command[4]);
  std::vector<entry_id> lost;
  for (const auto& [id, each] : group->pending) {
    if (each.consumer == command[4]) lost.push_back(id);
  }
  for (const auto id : lost) {
    group->pending.erase(id);
    witness_.on_acknowledged(command[2], command[3], id, command[4], actor());
  }
  out.integer(static_cast<std::int64_t>(lost.size()));
}

void model_server::xinfo(session_id, const words& command, reply_text& out) {
  const auto* const found = data_.stream(command[2]);
  if (found == nullptr) {
    out.error("ERR no such key");
    return;
  }
  if (command[1] == "CONSUMERS") return list_consumers(command, out);
  out.map(2).bulk("length").integer(static_cast<std::int64_t>(found->entries.size()));
  out.bulk("last-generated-id").bulk(found->last_id.to_string());
}

void model_server::list_consumers(const words& command, reply_text& out) {
  const auto* const group = data_.group(command[2], command[3]);
  if (group == nullptr) {
    out.error(no_group(command[2], command[3]));
    return;
  }
  out.array(group->consumers.size());
  for (const auto& [name, seen] : group->consumers) {
    const auto pending =
        std::count_if(group->pending.begin(), group->pending.end(),
                      [&name = name](const auto& each) { return each.second.consumer == name; });
    out.map(3).bulk("name").bulk(name).bulk("pending").integer(pending);
    out.bulk("idle").integer(idle(now(), seen));
  }
}

// XPENDING key group [first last count [consumer]]
void model_server::xpending(session_id, const words& command, reply_text& out) {
  const auto* const group = data_.group(command[1], command[2]);
  if (group == nullptr) {
    out.error(no_group(command[1], command[2]));
    return;
  }
  if (command.size() == 3) return summarize_pending(*group, out);
  const auto last = last_of_range(command[4]);
  auto left = number_of(command[5]);
  std::size_t count = 0;
  reply_text list;
  for (auto each = group->pending.lower_bound(first_of_range(command[3]));
       each != group->pending.end() && each->first <= last && left > 0; ++each) {
    const auto& [id, pending] = *each;
    if (command.size() > 6 && pending.consumer != command[6]) continue;
    list.array(4).bulk(id.to_string()).bulk(pending.consumer);
    list.integer(idle(now(), pending.given)).integer(pending.deliveries);
    ++count;
    --left;
  }
  out.array(count).raw(list.text());
}

void model_server::summarize_pending(const stored_group& group, reply_text& out) {
  if (group.pending.empty()) {
    out.array(4).integer(0).null().null().null();
    return;
  }
  std::map<std::string, std::size_t> by_consumer;
  for (const auto& [id, each] : group.pending) ++by_consumer[each.consumer];
  out.array(4).integer(static_cast<std::int64_t>(group.pending.size()));
  out.bulk(group.pending.begin()->first.to_string());
  out.bulk(group.pending.rbegin()->first.to_string());
  out.array(by_consumer.size());
  for (const auto& [name, count] : by_consumer) {
    out.array(2).bulk(name).bulk(std::to_string(count));
  }
}

}  // namespace sluice::simulation
