// The modelled server's plain values, hashes and sorted sets.
#include "command_words.hpp"
#include "model_server.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace sluice::simulation {
namespace {

double score_of(const std::string& text) {
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  return std::strtod(text.c_str(), nullptr);
}

// To a client as pairs with a double, to a script as the older protocol has it.
void write_member(reply_text& out, const sorted_set::member& what, bool in_script) {
  if (in_script) {
    out.bulk(what.second).bulk(reply_text::exactly(what.first));
  } else {
    out.array(2).bulk(what.second).floating(what.first);
  }
}

}  // namespace

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

void model_server::hdel(session_id, const words& command, reply_text& out) {
  out.integer(static_cast<std::int64_t>(data_.hashes[command[1]].erase(command[2])));
}

// ZADD key [NX] score member
void model_server::zadd(session_id, const words& command, reply_text& out) {
  const bool only_new = command[2] == "NX";
  const std::size_t first = only_new ? 3 : 2;
  bool moved = false;
  const bool fresh =
      data_.sets[command[1]].add(command[first + 1], score_of(command[first]), only_new, moved);
  if (moved) touch(command[1]);
  out.integer(fresh ? 1 : 0);
}

void model_server::zrem(session_id, const words& command, reply_text& out) {
  const auto found = data_.sets.find(command[1]);
  const bool removed = found != data_.sets.end() && found->second.remove(command[2]);
  if (removed && found->second.members().empty()) data_.sets.erase(found);
  if (removed) touch(command[1]);
  out.integer(removed ? 1 : 0);
}

void model_server::zcard(session_id, const words& command, reply_text& out) {
  const auto found = data_.sets.find(command[1]);
  const auto size = found == data_.sets.end() ? 0 : found->second.members().size();
  out.integer(static_cast<std::int64_t>(size));
}

// ZCOUNT key -inf highest
void model_server::zcount(session_id, const words& command, reply_text& out) {
  const auto found = data_.sets.find(command[1]);
  const auto highest = score_of(command[3]);
  std::int64_t count = 0;
  if (found != data_.sets.end()) {
    for (const auto& [score, name] : found->second.members()) count += score <= highest ? 1 : 0;
  }
  out.integer(count);
}

// ZRANGE key 0 last WITHSCORES
void model_server::zrange(session_id, const words& command, reply_text& out) {
  const bool in_script = running_ != nullptr;
  const auto found = data_.sets.find(command[1]);
  const auto size = found == data_.sets.end() ? 0 : found->second.members().size();
  const auto count = std::min(size, static_cast<std::size_t>(number_of(command[3]) + 1));
  out.array(in_script ? 2 * count : count);
  if (count == 0) return;
  auto each = found->second.members().begin();
  for (std::size_t i = 0; i < count; ++i, ++each) write_member(out, *each, in_script);
}

// ZRANGEBYSCORE key -inf highest LIMIT 0 count
void model_server::zrangebyscore(session_id, const words& command, reply_text& out) {
  const auto found = data_.sets.find(command[1]);
  const auto highest = score_of(command[3]);
  const auto most = static_cast<std::size_t>(number_of(command[6]));
  words names;
  if (found != data_.sets.end()) {
    for (const auto& [score, name] : found->second.members()) {
      if (score > highest || names.size() == most) break;
      names.push_back(name);
    }
  }
  out.array(names.size());
  for (const auto& each : names) out.bulk(each);
}

}  // namespace sluice::simulation
