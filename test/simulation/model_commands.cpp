// The commands of the modelled server, as far as the client uses them.
#include "model_server.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace sluice::simulation {
namespace {

constexpr std::string_view wrong_type =
    "WRONGTYPE Operation against a key holding the wrong kind of value";

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string no_group(const std::string& key, const std::string& group) {
  return "NOGROUP No such key '" + key + "' or consumer group '" + group +
         "' in XREADGROUP with GROUP option";
}

void write_entry(reply_text& out, entry_id id, const stored_stream::field_list& fields) {
  out.array(2).bulk(id.to_string()).array(fields.size());
  for (const auto& each : fields) out.bulk(each);
}

}  // namespace

/// A command and the moods in which a server refuses it; the flags of `COMMAND INFO`.
struct model_server::command_rule {
  std::string_view name;
  void (model_server::*run)(session_id, const words&, reply_text&);
  bool writes = false;
  bool takes_memory = false;
  bool while_loading = false;
  bool while_busy = false;
};

struct model_server::read_request {
  std::string group, consumer, key, id;
  std::size_t count = 0;
  std::optional<std::chrono::milliseconds> block;
  bool no_ack = false;

  explicit read_request(const words& command) {
    for (std::size_t i = 1; i < command.size(); ++i) {
      if (command[i] == "GROUP") {
        group = command[i + 1];
        consumer = command[i + 2];
        i += 2;
      } else if (command[i] == "COUNT") {
        count = number_of(command[++i]);
      } else if (command[i] == "BLOCK") {
        block = std::chrono::milliseconds(number_of(command[++i]));
      } else if (command[i] == "NOACK") {
        no_ack = true;
      } else if (command[i] == "STREAMS") {
        key = command[i + 1];
        id = command[i + 2];
        return;
      }
    }
  }
};

const model_server::command_rule* model_server::find_rule(std::string_view name) {
  using s = model_server;
  static constexpr std::array rules{
      command_rule{"HELLO", &s::hello, false, false, true, true},
      command_rule{"CLIENT", &s::client, false, false, true},
      command_rule{"SELECT", &s::ok, false, false, true},
      command_rule{"COMMAND", &s::command_info, false, false, true},
      command_rule{"PING", &s::ping},
      command_rule{"ECHO", &s::echo, false, false, true},
      command_rule{"WAIT", &s::wait},
      command_rule{"SET", &s::set, true, true},
      command_rule{"MULTI", &s::multi, false, false, true, true},
      command_rule{"EXEC", &s::exec, false, false, true, true},
      command_rule{"XLEN", &s::xlen},
      command_rule{"XADD", &s::xadd, true, true},
      command_rule{"XREAD", &s::xread},
      command_rule{"XREADGROUP", &s::xreadgroup, true},
      command_rule{"XREVRANGE", &s::xrevrange},
      command_rule{"XACK", &s::xack, true},
      command_rule{"XGROUP", &s::xgroup, true, true},
      command_rule{"XINFO", &s::xinfo},
      command_rule{"XPENDING", &s::xpending},
      command_rule{"ZRANGE", &s::zrange},
      command_rule{"TIME", &s::server_time, false, false, true},
  };
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const auto& each) { return each.name == name; });
  return found == rules.end() ? nullptr : found;
}

std::string_view model_server::refusal(const command_rule& rule) const {
  switch (mood_) {
    case mood::well:
      return {};
    case mood::loading:
      return rule.while_loading ? "" : "LOADING Redis is loading the dataset in memory";
    case mood::busy:
      return rule.while_busy ? "" : "BUSY Redis is busy running a script.";
    case mood::out_of_memory:
      return rule.takes_memory ? "OOM command not allowed when used memory > 'maxmemory'." : "";
    case mood::no_replicas:
      return rule.writes ? "NOREPLICAS Not enough good replicas to write." : "";
    case mood::disk_full:
      return rule.writes || rule.name == "PING" ? "MISCONF Errors writing to the AOF file" : "";
  }
  return {};
}

void model_server::answer(session_id which, const words& command, reply_text& out) {
  const auto* const rule = find_rule(command[0]);
  if (rule == nullptr) {
    out.error("ERR unknown command '" + command[0] + "'");
    return;
  }
  const auto known = executed_.find(command[0]);
  known == executed_.end() ? void(executed_[command[0]] = 1) : void(++known->second);
  note(which, command);
  if (const auto refused = refusal(*rule); !refused.empty()) {
    out.error(refused);
    return;
  }
  (this->*rule->run)(which, command, out);
}

void model_server::note(session_id from, const words& command) {
  std::string line = '#' + std::to_string(from);
  for (const auto& word : command) line.append(" ").append(word, 0, 24);
  time_.note("server", line);
}

// The connection's own.

void model_server::hello(session_id who, const words&, reply_text& out) {
  out.map(6).bulk("server").bulk("redis").bulk("version").bulk("7.0.15").bulk("proto").integer(3);
  out.bulk("id").integer(static_cast<std::int64_t>(who)).bulk("mode").bulk("standalone");
  out.bulk("role").bulk("master");
}

void model_server::client(session_id who, const words& command, reply_text& out) {
  if (command[1] != "TRACKING") {
    out.error("ERR unknown subcommand '" + command[1] + "'. Try CLIENT HELP.");
    return;
  }
  sessions_[who].tracking = command[2] == "ON";
  out.simple("OK");
}

void model_server::ok(session_id, const words&, reply_text& out) { out.simple("OK"); }

void model_server::command_info(session_id, const words& command, reply_text& out) {
  out.array(command.size() - 2);
  for (std::size_t i = 2; i < command.size(); ++i) out.null();
}

void model_server::ping(session_id, const words& command, reply_text& out) {
  command.size() > 1 ? out.bulk(command[1]) : out.simple("PONG");
}

void model_server::echo(session_id, const words& command, reply_text& out) { out.bulk(command[1]); }

void model_server::wait(session_id, const words& command, reply_text& out) {
  out.integer(static_cast<std::int64_t>(number_of(command[1])));
}

void model_server::set(session_id, const words& command, reply_text& out) {
  const auto& key = command[1];
  data_.values[key] = command[2];
  touch(key);
  out.simple("OK");
  if (command.size() < 5 || command[3] != "PX") return;
  time_.after(std::chrono::milliseconds(number_of(command[4])), [this, key] { restore_type(key); });
}

void model_server::multi(session_id who, const words&, reply_text& out) {
  sessions_[who].queueing = true;
  out.simple("OK");
}

void model_server::exec(session_id who, const words&, reply_text& out) {
  auto& from = sessions_[who];
  from.queueing = false;
  const auto queued = std::exchange(from.queued, {});
  out.array(queued.size());
  for (const auto& each : queued) answer(who, each, out);
}

// Streams.

void model_server::xlen(session_id who, const words& command, reply_text& out) {
  arm(who, command[1]);
  if (data_.values.contains(command[1])) {
    out.error(wrong_type);
    return;
  }
  const auto* const found = data_.stream(command[1]);
  out.integer(found == nullptr ? 0 : static_cast<std::int64_t>(found->entries.size()));
}

void model_server::xadd(session_id, const words& command, reply_text& out) {
  const auto& key = command[1];
  if (data_.values.contains(key)) {
    out.error(wrong_type);
    return;
  }
  const auto wall = time_.time()->wall_now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(wall).count();
  stored_stream::field_list fields(command.begin() + 3, command.end());
  auto& to = data_.streams[key];
  const auto id = to.append(static_cast<std::uint64_t>(milliseconds), std::move(fields));
  witness_.on_append(key, id, to.entries[id]);
  out.bulk(id.to_string());
  touch(key);
}

void model_server::xread(session_id who, const words& command, reply_text& out) {
  const read_request what(command);
  arm(who, what.key);
  if (data_.values.contains(what.key)) {
    out.error(wrong_type);
    return;
  }
  const auto* const from = data_.stream(what.key);
  if (from == nullptr) return block_or_nothing(who, command, what, out);
  const auto first = from->entries.upper_bound(*entry_id::parse(what.id));
  std::size_t count = 0;
  reply_text list;
  for (auto each = first; each != from->entries.end() && count < what.count; ++each, ++count) {
    write_entry(list, each->first, each->second);
  }
  if (count == 0) return block_or_nothing(who, command, what, out);
  out.map(1).bulk(what.key).array(count).raw(list.text());
}

void model_server::xreadgroup(session_id who, const words& command, reply_text& out) {
  const read_request what(command);
  if (data_.values.contains(what.key)) {
    out.error(wrong_type);
    return;
  }
  auto* const from = data_.stream(what.key);
  auto* const group = data_.group(what.key, what.group);
  if (group == nullptr) {
    out.error(no_group(what.key, what.group));
    return;
  }
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
    write_entry(list, each->first, each->second);
    group.last_delivered = each->first;
    if (what.no_ack) {
      witness_.on_acknowledged(what.key, what.group, each->first);
    } else {
      group.pending[each->first] = {what.consumer, 1};
    }
  }
  if (count > 0) out.map(1).bulk(what.key).array(count).raw(list.text());
}

void model_server::read_history(const read_request& what, stored_stream& from, stored_group& group,
                                reply_text& out) {
  std::size_t count = 0;
  reply_text list;
  auto each = group.pending.upper_bound(*entry_id::parse(what.id));
  for (; each != group.pending.end() && count < what.count; ++each) {
    if (each->second.consumer != what.consumer) continue;
    ++count;
    ++each->second.deliveries;
    const auto payload = from.entries.find(each->first);
    if (payload == from.entries.end()) {
      list.array(2).bulk(each->first.to_string()).null();
    } else {
      write_entry(list, payload->first, payload->second);
    }
  }
  out.map(1).bulk(what.key).array(count).raw(list.text());
}

void model_server::block_or_nothing(session_id who, const words& command, const read_request& what,
                                    reply_text& out) {
  if (!what.block) {
    out.null();
    return;
  }
  auto& from = sessions_[who];
  from.blocked = command;
  const auto number = ++from.block_number;
  time_.after(*what.block, [this, who, number] {
    const auto found = sessions_.find(who);
    if (found == sessions_.end() || !found->second.blocked) return;
    if (found->second.block_number != number) return;
    reply_text nothing;
    nothing.null();
    unblock(who, nothing);
  });
}

void model_server::xrevrange(session_id who, const words& command, reply_text& out) {
  arm(who, command[1]);
  const auto* const from = data_.stream(command[1]);
  const auto asked = static_cast<std::size_t>(number_of(command[5]));
  const auto count = from == nullptr ? 0 : std::min(asked, from->entries.size());
  out.array(count);
  if (count == 0) return;
  auto each = from->entries.rbegin();
  for (std::size_t i = 0; i < count; ++i, ++each) write_entry(out, each->first, each->second);
}

void model_server::xack(session_id, const words& command, reply_text& out) {
  auto* const group = data_.group(command[1], command[2]);
  std::int64_t count = 0;
  for (std::size_t i = 3; group != nullptr && i < command.size(); ++i) {
    const auto id = *entry_id::parse(command[i]);
    if (group->pending.erase(id) == 0) continue;
    ++count;
    witness_.on_acknowledged(command[1], command[2], id);
  }
  out.integer(count);
}

void model_server::xgroup(session_id, const words& command, reply_text& out) {
  const auto& key = command[2];
  if (data_.values.contains(key)) {
    out.error(wrong_type);
    return;
  }
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

void model_server::xinfo(session_id who, const words& command, reply_text& out) {
  arm(who, command[2]);
  const auto* const found = data_.stream(command[2]);
  if (found == nullptr) {
    out.error("ERR no such key");
    return;
  }
  out.map(2).bulk("length").integer(static_cast<std::int64_t>(found->entries.size()));
  out.bulk("last-generated-id").bulk(found->last_id.to_string());
}

// The long form, of one consumer, behind an id.
void model_server::xpending(session_id, const words& command, reply_text& out) {
  const auto* const group = data_.group(command[1], command[2]);
  if (group == nullptr) {
    out.error(no_group(command[1], command[2]));
    return;
  }
  std::int64_t left = static_cast<std::int64_t>(number_of(command[5]));
  std::size_t count = 0;
  reply_text list;
  for (auto each = group->pending.upper_bound(*entry_id::parse(command[3].substr(1)));
       each != group->pending.end() && left > 0; ++each) {
    if (each->second.consumer != command[6]) continue;
    list.array(4).bulk(each->first.to_string()).bulk(each->second.consumer);
    list.integer(0).integer(each->second.deliveries);
    ++count;
    --left;
  }
  out.array(count).raw(list.text());
}

// Nobody in the modelled world gives entries back.
void model_server::zrange(session_id who, const words& command, reply_text& out) {
  arm(who, command[1]);
  out.array(0);
}

void model_server::server_time(session_id, const words&, reply_text& out) {
  const auto wall = time_.time()->wall_now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wall);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(wall - seconds);
  out.array(2).bulk(std::to_string(seconds.count())).bulk(std::to_string(rest.count()));
}

}  // namespace sluice::simulation
