#include "admin/stream_groups.hpp"

#include "admin/reading.hpp"

#include "sluice/core/result.hpp"

#include <algorithm>
#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

std::optional<std::uint64_t> told(const resp::value& number) {
  const auto read = number.integer();
  if (!read || *read < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*read);
}

asio::awaitable<std::optional<entry_id>> oldest_pending(client redis, std::string stream,
                                                        std::string group) {
  const reply answer = co_await redis.exec(question("XPENDING", stream, group));
  co_return entry_id::parse(answer.value()[1].text());
}

// What lies behind a group's position.
asio::awaitable<stretch> find_unread(client redis, std::string stream, entry_id position,
                                     std::optional<std::uint64_t> lag) {
  stretch unread;
  if (lag == 0) co_return unread;
  if (!lag) {
    const auto ends = co_await find_ends(redis, stream);
    if (ends) unread = co_await stretch_behind(redis, stream, *ends, position);
    co_return unread;
  }
  const auto behind = '(' + position.to_string();
  const reply next = co_await redis.exec(question("XRANGE", stream, behind, "+", "COUNT", 1));
  if (next.value().size() == 0) co_return unread;
  unread.first = id_in(next.value()[0][0]);
  // The server also counts what was trimmed before anybody got it.
  const reply length = co_await redis.exec(question("XLEN", stream));
  const auto stored = std::max<std::uint64_t>(count_in(length.value()), 1);
  unread.entries.count = std::clamp<std::uint64_t>(*lag, 1, stored);
  co_return unread;
}

asio::awaitable<group_facts> complete(client redis, std::string stream, told_group group) {
  auto facts = std::move(group.facts);
  const auto unread = co_await find_unread(redis, stream, facts.position, group.lag);
  facts.lag = unread.entries;
  facts.oldest = unread.first;
  if (facts.pending > 0) {
    const auto oldest = co_await oldest_pending(redis, stream, facts.name);
    if (oldest && (!facts.oldest || *oldest < *facts.oldest)) facts.oldest = oldest;
  }
  co_return facts;
}

asio::awaitable<void> find_ages(client redis, std::vector<group_facts>& groups) {
  const auto waits = [](const auto& each) { return each.oldest.has_value(); };
  if (std::none_of(groups.begin(), groups.end(), waits)) co_return;
  const auto time = co_await as_result(redis.exec(question("TIME")));
  // A user who may not ask for it sees the rest.
  if (time.has_error() && time.error().code() == errc::not_permitted) co_return;
  const auto now = time_in(time.value().value());
  for (auto& each : groups) {
    if (!each.oldest) continue;
    const auto added = std::chrono::milliseconds(each.oldest->milliseconds());
    each.age = std::max(now - added, std::chrono::milliseconds(0));
  }
}

}  // namespace

asio::awaitable<std::optional<stream_ends>> find_ends(client redis, std::string stream) {
  const auto info = co_await as_result(redis.exec(question("XINFO", "STREAM", stream)));
  std::optional<stream_ends> ends;
  if (info.has_error() && info.error().code() == errc::no_such_key) co_return ends;
  ends = stream_ends::read(info.value().value());
  co_return ends;
}

// Older servers say nothing of lag and of what was read; newer ones null where they cannot know.
told_group told_group::read(const resp::value& info) {
  told_group group;
  group.facts.name = info.find("name").text();
  group.facts.consumers = static_cast<std::size_t>(count_in(info.find("consumers")));
  group.facts.pending = count_in(info.find("pending"));
  group.facts.position = id_in(info.find("last-delivered-id"));
  group.facts.read = told(info.find("entries-read"));
  group.lag = told(info.find("lag"));
  group.facts.lag.count = group.lag.value_or(0);
  group.facts.lag.estimated = !group.lag;
  return group;
}

asio::awaitable<std::optional<std::vector<told_group>>> ask_for_groups(client redis,
                                                                       std::string stream) {
  std::optional<std::vector<told_group>> groups;
  const auto answer = co_await as_result(redis.exec(question("XINFO", "GROUPS", stream)));
  if (answer.has_error() && answer.error().code() == errc::no_such_key) co_return groups;
  groups.emplace();
  for (const auto& each : answer.value().value()) groups->push_back(told_group::read(each));
  co_return groups;
}

asio::awaitable<std::vector<group_facts>> complete_groups(client redis, std::string stream,
                                                          std::vector<told_group> all) {
  std::vector<group_facts> groups;
  for (auto& each : all) {
    auto whole = co_await as_result(complete(redis, stream, std::move(each)));
    // Removed meanwhile.
    if (whole.has_error() && whole.error().code() == errc::no_group) continue;
    groups.push_back(std::move(whole).value());
  }
  co_await find_ages(redis, groups);
  std::sort(groups.begin(), groups.end(),
            [](const auto& one, const auto& other) { return one.name < other.name; });
  co_return groups;
}

asio::awaitable<std::vector<group_facts>> read_groups(client redis, std::string stream) {
  std::vector<group_facts> groups;
  auto told = co_await ask_for_groups(redis, stream);
  if (told) groups = co_await complete_groups(redis, stream, std::move(*told));
  co_return groups;
}

}  // namespace sluice::admin
