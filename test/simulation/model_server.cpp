#include "model_server.hpp"

#include "resp/scanner.hpp"
#include "sluice/resp/value.hpp"

#include <algorithm>
#include <utility>

namespace sluice::simulation {

model_server::model_server(timeline& time, dice chance, data_witness& witness)
    : time_(time), chance_(std::move(chance)), witness_(witness) {}

model_server::session_id model_server::accept(peer& who) {
  const auto number = ++last_session_;
  sessions_[number].network = &who;
  return number;
}

void model_server::close(session_id which) {
  // Its armed keys stay in the table, as in a real server, until they change.
  const auto gone = sessions_.extract(which);
  if (gone.empty()) return;
  for (const auto& each : gone.mapped().channels) listening_[each].erase(which);
}

void model_server::receive(session_id from, std::string_view bytes) {
  const auto found = sessions_.find(from);
  if (found == sessions_.end()) return;
  found->second.input.append(bytes);
  if (stalls()) {
    waiting_.push_back(from);
  } else {
    work(from);
  }
}

void model_server::stall(clock::duration how_long) {
  stalled_until_ = std::max(stalled_until_, time_.now() + how_long);
  time_.at(stalled_until_, [this] {
    if (stalls()) return;
    for (const auto each : std::exchange(waiting_, {})) work(each);
  });
}

void model_server::restart() {
  armed_.clear();
  listening_.clear();
  forget_scripts();
  for (auto& [number, each] : std::exchange(sessions_, {})) each.network->on_closed();
}

// One session's commands.

void model_server::work(session_id which) {
  words command;
  for (;;) {
    const auto found = sessions_.find(which);
    if (found == sessions_.end() || found->second.blocked) return;
    if (!take_command(found->second, command)) return;
    execute(which, command);
  }
}

bool model_server::take_command(session& from, words& command) {
  if (from.input.empty() || from.scanner.scan(from.input) != resp::scanner::status::complete) {
    return false;
  }
  command.clear();
  for (const auto& word : resp::value(from.input)) command.emplace_back(word.text());
  from.input.erase(0, from.scanner.size());
  from.scanner.reset();
  return true;
}

void model_server::execute(session_id which, const words& command) {
  executing_ = which;
  expire_old();
  reply_text out;
  auto& from = sessions_[which];
  if (from.queueing && command[0] != "EXEC") {
    queue(from, command, out);
  } else {
    answer(which, command, out);
  }
  executing_ = 0;
  const auto still = sessions_.find(which);
  if (still == sessions_.end()) return;
  out.raw(still->second.own_pushes.take());
  deliver(still->second, out);
}

void model_server::deliver(session& to, reply_text& out) {
  if (!out.empty()) to.network->on_reply(out.take());
}

// Tracking.

// A script that reads arms all keys that it declared, and no others (as of Redis 7.0).
void model_server::arm(session_id who, const std::string& key) {
  const auto found = sessions_.find(who);
  if (found == sessions_.end() || !found->second.tracking) return;
  if (running_ == nullptr) {
    armed_[key].insert(who);
  } else {
    for (const auto& each : running_->keys) armed_[each].insert(who);
  }
}

void model_server::touch(const std::string& key) {
  spoil_transactions(key);
  const auto armed = armed_.find(key);
  if (armed != armed_.end()) {
    const auto whom = std::move(armed->second);
    armed_.erase(armed);
    reply_text push;
    push.push(2).bulk("invalidate").array(1).bulk(key);
    for (const auto each : whom) ring(each, push);
  }
  serve_blocked(key);
}

void model_server::spoil_transactions(const std::string& key) {
  for (auto& [number, each] : sessions_) each.touched |= each.watched.contains(key);
}

void model_server::ring(session_id whom, const reply_text& push) {
  if (!sessions_.contains(whom)) return;
  if (chance_.percent(lost_pushes_)) {
    time_.note("server", "loses a push");
    return;
  }
  push_to(whom, push.text());
}

void model_server::push_to(session_id whom, const std::string& push) {
  auto& to = sessions_.find(whom)->second;
  if (whom == executing_) {
    to.own_pushes.raw(push);
  } else {
    to.network->on_reply(push);
  }
}

void model_server::expire_old() {
  words old;
  for (const auto& [key, value] : data_.values) {
    if (value.expires && *value.expires <= now()) old.push_back(key);
  }
  for (const auto& each : old) restore_type(each);
}

wall_time model_server::now() const {
  return std::chrono::duration_cast<wall_time>(time_.time()->wall_now().time_since_epoch());
}

// Blocked readers.

void model_server::serve_blocked(const std::string& key) {
  std::vector<session_id> whom;
  for (const auto& [number, each] : sessions_) {
    if (each.blocked && (*each.blocked)[each.blocked->size() - 2] == key) whom.push_back(number);
  }
  // Not from inside the command that touched the key: blocked clients are served after it.
  for (const auto each : whom) {
    time_.after({}, [this, each] {
      const auto found = sessions_.find(each);
      if (found == sessions_.end() || !found->second.blocked) return;
      const auto command = *found->second.blocked;
      const auto number = found->second.block_number;
      reply_text out;
      answer(each, command, out);
      if (!out.empty()) return unblock(each, out);
      sessions_[each].block_number = number;  // it blocked again, under its old time limit
    });
  }
}

void model_server::unblock(session_id which, reply_text& out) {
  auto& from = sessions_[which];
  from.blocked.reset();
  deliver(from, out);
  work(which);
}

// The operator.

void model_server::flush() {
  time_.note("server", "flushes all");
  witness_.on_flush();
  while (!data_.streams.empty()) remove(data_.streams.begin()->first);
  for (const auto& [key, value] : data_.values) spoil_transactions(key);
  data_.values.clear();
  data_.sets.clear();
  data_.hashes.clear();
  armed_.clear();
  reply_text push;
  push.push(2).bulk("invalidate").null();
  std::vector<session_id> whom;
  for (const auto& [number, each] : sessions_) {
    if (each.tracking) whom.push_back(number);
  }
  for (const auto each : whom) ring(each, push);
}

void model_server::remove(const std::string& key) {
  auto* const gone = data_.stream(key);
  if (gone == nullptr) return;
  for (const auto& [id, fields] : gone->entries) witness_.on_delete(key, id);
  for (const auto& [name, group] : gone->groups) witness_.on_group_gone(key, name);
  const auto name = key;
  data_.streams.erase(data_.streams.find(key));
  touch(name);
}

void model_server::destroy_group(const std::string& key, const std::string& group) {
  if (data_.group(key, group) == nullptr) return;
  time_.note("server", "destroys group " + group + " of " + key);
  witness_.on_group_gone(key, group);
  data_.stream(key)->groups.erase(group);
  // No push: XGROUP DESTROY does not change the key's value. Blocked readers are told.
  serve_blocked(key);
}

void model_server::delete_entry(const std::string& key, entry_id id) {
  auto* const from = data_.stream(key);
  if (from == nullptr || from->entries.erase(id) == 0) return;
  time_.note("server", "deletes " + id.to_string() + " of " + key);
  witness_.on_delete(key, id);
  touch(key);
}

void model_server::replace_type(const std::string& key) {
  time_.note("server", "replaces " + key);
  remove(key);
  data_.values[key] = {.text = "no stream", .expires = {}};
  touch(key);
}

void model_server::restore_type(const std::string& key) {
  if (data_.values.erase(key) > 0) touch(key);
}

}  // namespace sluice::simulation
