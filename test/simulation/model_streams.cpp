// The modelled server's streams.
#include "command_words.hpp"
#include "model_server.hpp"
#include "read_request.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice::simulation {

void model_server::xlen(session_id, const words& command, reply_text& out) {
  const auto* const found = data_.stream(command[1]);
  out.integer(found == nullptr ? 0 : static_cast<std::int64_t>(found->entries.size()));
}

// XADD key [MAXLEN [=|~] count] * field value…
void model_server::xadd(session_id, const words& command, reply_text& out) {
  const auto& key = command[1];
  std::size_t place = 2;
  std::optional<std::size_t> most;
  if (command[place] == "MAXLEN") {
    const bool about = command[place + 1] == "~";
    place += command[place + 1] == "=" || about ? 2 : 1;
    // A server asked for "about" drops whole nodes alone, which short streams do not have.
    if (!about) most = static_cast<std::size_t>(number_of(command[place]));
    ++place;
  }
  stored_stream::field_list fields(command.begin() + static_cast<std::ptrdiff_t>(place) + 1,
                                   command.end());
  auto& to = data_.streams[key];
  const auto id = to.append(now(), std::move(fields));
  witness_.on_append(key, id, to.entries[id]);
  if (most) trim(key, to, *most);
  out.bulk(id.to_string());
  touch(key);
}

void model_server::trim(const std::string& key, stored_stream& in, std::size_t most) {
  while (in.entries.size() > most) {
    witness_.on_delete(key, in.entries.begin()->first);
    in.entries.erase(in.entries.begin());
  }
}

void model_server::xdel(session_id, const words& command, reply_text& out) {
  auto* const from = data_.stream(command[1]);
  std::int64_t count = 0;
  for (std::size_t i = 2; from != nullptr && i < command.size(); ++i) {
    const auto id = *entry_id::parse(command[i]);
    if (from->entries.erase(id) == 0) continue;
    witness_.on_delete(command[1], id);
    ++count;
  }
  if (count > 0) touch(command[1]);
  out.integer(count);
}

void model_server::xread(session_id who, const words& command, reply_text& out) {
  const read_request what(command);
  const auto* const from = data_.stream(what.key);
  if (from == nullptr) return block_or_nothing(who, command, what, out);
  const auto first = from->entries.upper_bound(*entry_id::parse(what.id));
  std::size_t count = 0;
  reply_text list;
  for (auto each = first; each != from->entries.end() && count < what.count; ++each, ++count) {
    list.entry(each->first.to_string(), each->second);
  }
  if (count == 0) return block_or_nothing(who, command, what, out);
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

// XRANGE key first last [COUNT count]
void model_server::xrange(session_id, const words& command, reply_text& out) {
  const auto* const from = data_.stream(command[1]);
  const auto last = last_of_range(command[3]);
  const auto most = command.size() > 5 ? static_cast<std::size_t>(number_of(command[5]))
                                       : std::numeric_limits<std::size_t>::max();
  std::size_t count = 0;
  reply_text list;
  if (from != nullptr) {
    for (auto each = from->entries.lower_bound(first_of_range(command[2]));
         each != from->entries.end() && each->first <= last && count < most; ++each, ++count) {
      list.entry(each->first.to_string(), each->second);
    }
  }
  out.array(count).raw(list.text());
}

void model_server::xrevrange(session_id, const words& command, reply_text& out) {
  const auto* const from = data_.stream(command[1]);
  const auto asked = static_cast<std::size_t>(number_of(command[5]));
  const auto count = from == nullptr ? 0 : std::min(asked, from->entries.size());
  out.array(count);
  if (count == 0) return;
  auto each = from->entries.rbegin();
  for (std::size_t i = 0; i < count; ++i, ++each) out.entry(each->first.to_string(), each->second);
}

}  // namespace sluice::simulation
