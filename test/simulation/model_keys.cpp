// The modelled server's plain values and hashes.
#include "command_words.hpp"
#include "model_server.hpp"

namespace sluice::simulation {
// SET key value [NX] [PX milliseconds]
void model_server::set(session_id, const words& command, reply_text& out) {
  const auto& key = command[1];
  plain_value fresh{.text = command[2], .expires = {}};
  bool only_new = false;
  for (std::size_t i = 3; i < command.size(); ++i) {
    if (command[i] == "NX") only_new = true;
    if (command[i] == "PX") fresh.expires = now() + wall_time(number_of(command[++i]));
  }
  if (only_new && data_.exists(key)) {
    out.null();
    return;
  }
  data_.values[key] = fresh;
  touch(key);
  out.simple("OK");
}

void model_server::get(session_id, const words& command, reply_text& out) {
  const auto found = data_.values.find(command[1]);
  found == data_.values.end() ? out.null() : out.bulk(found->second.text);
}

void model_server::exists(session_id, const words& command, reply_text& out) {
  out.integer(data_.exists(command[1]) ? 1 : 0);
}

void model_server::pttl(session_id, const words& command, reply_text& out) {
  const auto found = data_.values.find(command[1]);
  const bool expires = found != data_.values.end() && found->second.expires;
  const int otherwise = data_.exists(command[1]) ? -1 : -2;
  out.integer(expires ? (*found->second.expires - now()).count() : otherwise);
}

void model_server::pexpire(session_id, const words& command, reply_text& out) {
  const auto found = data_.values.find(command[1]);
  if (found != data_.values.end()) {
    found->second.expires = now() + wall_time(number_of(command[2]));
    touch(command[1]);
  }
  out.integer(found != data_.values.end() ? 1 : 0);
}

void model_server::incrby(session_id, const words& command, reply_text& out) {
  auto& value = data_.values[command[1]].text;
  const auto sum = number_of(value) + number_of(command[2]);
  value = std::to_string(sum);
  touch(command[1]);
  out.integer(sum);
}

// DEL key…
void model_server::del(session_id, const words& command, reply_text& out) {
  std::int64_t count = 0;
  for (std::size_t i = 1; i < command.size(); ++i) {
    const auto& key = command[i];
    if (!data_.exists(key)) continue;
    ++count;
    remove(key);
    const auto set = data_.sets.find(key);
    if (set != data_.sets.end()) {
      for (const auto& [score, name] : set->second.members())
        witness_.on_unscored(key, name, score);
      data_.sets.erase(set);
    }
    data_.hashes.erase(key);
    data_.values.erase(key);
    touch(key);
  }
  out.integer(count);
}

void model_server::hget(session_id, const words& command, reply_text& out) {
  auto& fields = data_.hashes[command[1]];
  const auto found = fields.find(command[2]);
  found == fields.end() ? out.null() : out.bulk(found->second);
}

// HSET key field value
void model_server::hset(session_id, const words& command, reply_text& out) {
  const bool fresh = data_.hashes[command[1]].insert_or_assign(command[2], command[3]).second;
  out.integer(fresh ? 1 : 0);
}

void model_server::hsetnx(session_id, const words& command, reply_text& out) {
  out.integer(data_.hashes[command[1]].emplace(command[2], command[3]).second ? 1 : 0);
}

// HDEL key field…
void model_server::hdel(session_id, const words& command, reply_text& out) {
  std::size_t count = 0;
  for (std::size_t i = 2; i < command.size(); ++i)
    count += data_.hashes[command[1]].erase(command[i]);
  out.integer(static_cast<std::int64_t>(count));
}

}  // namespace sluice::simulation
