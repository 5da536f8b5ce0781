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

// XADD key [MAXLEN [=|~] count] *|id field value…
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
  const bool by_clock = command[place] == "*";
  if (by_clock) {
    to.append(now(), std::move(fields));
  } else if (!to.append_as(*entry_id::parse(command[place]), std::move(fields))) {
    out.error("ERR The ID specified in XADD is equal or smaller than the target stream top item");
    return;
  }
  const auto id = to.last_id;
  witness_.on_append(key, id, to.entries[id]);
  if (most) trim(key, to, *most, entry_id());
  out.bulk(id.to_string());
  touch(key);
}

// XTRIM key MAXLEN|MINID = limit
void model_server::xtrim(session_id, const words& command, reply_text& out) {
  auto* const in = data_.stream(command[1]);
  const bool by_length = command[2] == "MAXLEN";
  const auto most = by_length ? static_cast<std::size_t>(number_of(command[4]))
                              : std::numeric_limits<std::size_t>::max();
  const auto least = by_length ? entry_id() : *entry_id::parse(command[4]);
  const auto gone = in == nullptr ? 0 : trim(command[1], *in, most, least);
  if (gone > 0) touch(command[1]);
  out.integer(static_cast<std::int64_t>(gone));
}

std::size_t model_server::trim(const std::string& key, stored_stream& in, std::size_t most,
                               entry_id least) {
  std::size_t gone = 0;
  auto& entries = in.entries;
  for (; !entries.empty() && (entries.size() > most || entries.begin()->first < least); ++gone) {
    witness_.on_delete(key, entries.begin()->first);
    entries.erase(entries.begin());
  }
  return gone;
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
