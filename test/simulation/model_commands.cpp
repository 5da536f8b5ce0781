// Which commands the modelled server knows, and those that concern connections and channels.
#include "command_words.hpp"
#include "model_server.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace sluice::simulation {
namespace {

using flags = unsigned;
constexpr flags none = 0, reads = 1, writes = 2, takes_memory = 4, while_loading = 8,
                while_busy = 16;

enum class holds : unsigned char { anything, stream, set, value };

constexpr int no_key = 0;
constexpr int last_but_one = -2;

// A member acknowledges while it watches the mark by which it would be told that it was robbed.
std::string member_of_mark(const std::string& key) {
  static constexpr std::string_view before = ":robbed:";
  const auto at = key.rfind(before);
  return at == std::string::npos ? std::string() : key.substr(at + before.size());
}

}  // namespace

/// A command, the moods in which a server refuses it, and the key that it is about; the flags of
/// `COMMAND INFO`.
struct model_server::command_rule {
  std::string_view name;
  handler run;
  flags what = none;
  int key = no_key;
  holds type = holds::anything;

  bool is(flags some) const noexcept { return (what & some) != 0; }
  const std::string* key_of(const words& command) const {
    if (key == no_key) return nullptr;
    const auto size = static_cast<int>(command.size());
    const auto place = key < 0 ? size + key : key;
    return place < size ? &command[static_cast<std::size_t>(place)] : nullptr;
  }
};

const model_server::command_rule* model_server::find_rule(std::string_view name) {
  using s = model_server;
  static constexpr std::array rules{
      command_rule{"HELLO", &s::hello, while_loading | while_busy},
      command_rule{"CLIENT", &s::client, while_loading},
      command_rule{"SELECT", &s::ok, while_loading},
      command_rule{"COMMAND", &s::command_info, while_loading},
      command_rule{"PING", &s::ping},
      command_rule{"ECHO", &s::echo, while_loading},
      command_rule{"WAIT", &s::wait},
      command_rule{"TIME", &s::server_time, while_loading},
      command_rule{"MULTI", &s::multi, while_loading | while_busy},
      command_rule{"EXEC", &s::exec, while_loading | while_busy},
      command_rule{"WATCH", &s::watch, while_loading | while_busy},
      command_rule{"SUBSCRIBE", &s::subscribe, while_loading},
      command_rule{"UNSUBSCRIBE", &s::unsubscribe, while_loading},
      command_rule{"PUBLISH", &s::publish, while_loading},
      command_rule{"EVAL", &s::eval},
      command_rule{"EVALSHA", &s::evalsha},
      command_rule{"SET", &s::set, writes | takes_memory, 1},
      command_rule{"GET", &s::get, reads, 1, holds::value},
      command_rule{"EXISTS", &s::exists, reads, 1},
      command_rule{"PTTL", &s::pttl, reads, 1},
      command_rule{"PEXPIRE", &s::pexpire, writes, 1},
      command_rule{"INCRBY", &s::incrby, writes | takes_memory, 1, holds::value},
      command_rule{"DEL", &s::del, writes, 1},
      command_rule{"HGET", &s::hget, reads, 1},
      command_rule{"HSET", &s::hset, writes | takes_memory, 1},
      command_rule{"HSETNX", &s::hsetnx, writes | takes_memory, 1},
      command_rule{"HDEL", &s::hdel, writes, 1},
      command_rule{"ZADD", &s::zadd, writes | takes_memory, 1, holds::set},
      command_rule{"ZREM", &s::zrem, writes, 1, holds::set},
      command_rule{"ZCARD", &s::zcard, reads, 1, holds::set},
      command_rule{"ZCOUNT", &s::zcount, reads, 1, holds::set},
      command_rule{"ZRANGE", &s::zrange, reads, 1, holds::set},
      command_rule{"ZRANGEBYSCORE", &s::zrangebyscore, reads, 1, holds::set},
      command_rule{"ZSCORE", &s::zscore, reads, 1, holds::set},
      command_rule{"ZMSCORE", &s::zmscore, reads, 1, holds::set},
      command_rule{"ZREMRANGEBYSCORE", &s::zremrangebyscore, writes, 1, holds::set},
      command_rule{"ZREMRANGEBYRANK", &s::zremrangebyrank, writes, 1, holds::set},
      command_rule{"XLEN", &s::xlen, reads, 1, holds::stream},
      command_rule{"XADD", &s::xadd, writes | takes_memory, 1, holds::stream},
      command_rule{"XTRIM", &s::xtrim, writes, 1, holds::stream},
      command_rule{"XDEL", &s::xdel, writes, 1, holds::stream},
      command_rule{"XRANGE", &s::xrange, reads, 1, holds::stream},
      command_rule{"XREVRANGE", &s::xrevrange, reads, 1, holds::stream},
      command_rule{"XREAD", &s::xread, reads, last_but_one, holds::stream},
      command_rule{"XREADGROUP", &s::xreadgroup, writes, last_but_one, holds::stream},
      command_rule{"XACK", &s::xack, writes, 1, holds::stream},
      command_rule{"XCLAIM", &s::xclaim, writes, 1, holds::stream},
      command_rule{"XPENDING", &s::xpending, reads, 1, holds::stream},
      command_rule{"XGROUP", &s::xgroup, writes | takes_memory, 2, holds::stream},
      command_rule{"XINFO", &s::xinfo, reads, 2, holds::stream},
  };
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const auto& each) { return each.name == name; });
  return found == rules.end() ? nullptr : found;
}

// A script that has written is let through to its end, whatever that takes.
std::string_view model_server::refusal(const command_rule& rule) const {
  const bool let_through = running_ != nullptr && running_->wrote;
  switch (mood_) {
    case mood::well:
      return {};
    case mood::loading:
      return rule.is(while_loading) ? "" : "LOADING Redis is loading the dataset in memory";
    case mood::busy:
      return rule.is(while_busy) ? "" : "BUSY Redis is busy running a script.";
    case mood::out_of_memory:
      return rule.is(takes_memory) && !let_through
                 ? "OOM command not allowed when used memory > 'maxmemory'."
                 : "";
    case mood::no_replicas:
      return rule.is(writes) ? "NOREPLICAS Not enough good replicas to write." : "";
    case mood::disk_full:
      return rule.is(writes) || rule.name == "PING" ? "MISCONF Errors writing to the AOF file" : "";
  }
  return {};
}

bool model_server::refuses(const command_rule& rule, const words& command, reply_text& out) {
  if (const auto refused = refusal(rule); !refused.empty()) {
    out.error(refused);
    return true;
  }
  const auto* const key = rule.key_of(command);
  if (key == nullptr || rule.type == holds::anything) return false;
  const bool fits = rule.type == holds::stream ? data_.streams.contains(*key)
                    : rule.type == holds::set  ? data_.sets.contains(*key)
                                               : data_.values.contains(*key);
  if (fits || !data_.exists(*key)) return false;
  out.error("WRONGTYPE Operation against a key holding the wrong kind of value");
  return true;
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
  if (rule->is(reads)) arm(which, *rule->key_of(command));
  if (refuses(*rule, command, out)) return;
  if (running_ != nullptr && rule->is(writes)) running_->wrote = true;
  (this->*rule->run)(which, command, out);
}

void model_server::note(session_id from, const words& command) {
  if (running_ != nullptr && !time_.traced()) return;
  std::string line = (running_ == nullptr ? "#" : "  script #") + std::to_string(from);
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
  out.integer(number_of(command[1]));
}

void model_server::multi(session_id who, const words&, reply_text& out) {
  sessions_[who].queueing = true;
  out.simple("OK");
}

void model_server::queue(session& from, const words& command, reply_text& out) {
  const auto* const rule = find_rule(command[0]);
  const auto why = rule == nullptr ? "ERR unknown command" : refusal(*rule);
  if (!why.empty()) {
    from.refused = true;
    out.error(why);
    return;
  }
  from.queued.push_back(command);
  out.simple("QUEUED");
}

void model_server::exec(session_id who, const words&, reply_text& out) {
  auto& from = sessions_[who];
  if (!std::exchange(from.queueing, false)) {
    out.error("ERR EXEC without MULTI");
    return;
  }
  const auto queued = std::exchange(from.queued, {});
  const auto watched = std::exchange(from.watched, {});
  const bool touched = std::exchange(from.touched, false);
  const bool refused = std::any_of(queued.begin(), queued.end(), [this](const words& each) {
    return !refusal(*find_rule(each[0])).empty();
  });
  if (std::exchange(from.refused, false) || refused) {
    out.error("EXECABORT Transaction discarded because of previous errors.");
    return;
  }
  if (touched) {
    out.null();
    return;
  }
  watcher_ = watched.empty() ? std::string() : member_of_mark(*watched.begin());
  out.array(queued.size());
  for (const auto& each : queued) answer(who, each, out);
  watcher_.clear();
}

void model_server::watch(session_id who, const words& command, reply_text& out) {
  sessions_[who].watched.insert(command[1]);
  out.simple("OK");
}

void model_server::server_time(session_id, const words&, reply_text& out) {
  const auto wall = time_.time()->wall_now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wall);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(wall - seconds);
  out.array(2).bulk(std::to_string(seconds.count())).bulk(std::to_string(rest.count()));
}

// Channels.

void model_server::subscribe(session_id who, const words& command, reply_text& out) {
  auto& from = sessions_[who];
  from.channels.insert(command[1]);
  listening_[command[1]].insert(who);
  const auto count = static_cast<std::int64_t>(from.channels.size());
  out.push(3).bulk("subscribe").bulk(command[1]).integer(count);
}

void model_server::unsubscribe(session_id who, const words& command, reply_text& out) {
  auto& from = sessions_[who];
  from.channels.erase(command[1]);
  listening_[command[1]].erase(who);
  const auto count = static_cast<std::int64_t>(from.channels.size());
  out.push(3).bulk("unsubscribe").bulk(command[1]).integer(count);
}

void model_server::publish(session_id, const words& command, reply_text& out) {
  witness_.on_published(command[1], command[2]);
  reply_text push;
  push.push(3).bulk("message").bulk(command[1]).bulk(command[2]);
  const auto whom = listening_[command[1]];
  for (const auto each : whom) push_to(each, push.text());
  out.integer(static_cast<std::int64_t>(whom.size()));
}

// Scripts.

void model_server::eval(session_id who, const words& command, reply_text& out) {
  run_script(who, scripts_.load(command[1]), command, out);
}

void model_server::evalsha(session_id who, const words& command, reply_text& out) {
  if (scripts_.knows(command[1])) return run_script(who, command[1], command, out);
  out.error("NOSCRIPT No matching script. Please use EVAL.");
}

// The scripts of a group name the group first, and then the member that they act for.
void model_server::run_script(session_id who, const std::string& digest, const words& command,
                              reply_text& out) {
  const auto behind_keys = command.begin() + 3 + number_of(command[2]);
  running_script script;
  script.keys.assign(command.begin() + 3, behind_keys);
  const words arguments(behind_keys, command.end());
  if (arguments.size() > 1) script.actor = arguments[1];
  running_ = &script;
  const auto handler = [this, who](const words& inner) {
    reply_text reply;
    answer(who, inner, reply);
    return reply.take();
  };
  out.raw(scripts_.run(digest, script.keys, arguments, handler));
  running_ = nullptr;
}

}  // namespace sluice::simulation
