#include "admin/stream_groups.hpp"

#include "admin/reading.hpp"

#include "sluice/core/result.hpp"

#include <algorithm>
#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

asio::awaitable<std::optional<entry_id>> oldest_pending(client redis, std::string stream,
                                                        std::string group) {
  const reply answer = co_await redis.exec(question("XPENDING", stream, group));
  co_return entry_id::parse(answer.value()[1].text());
}

// Older servers say nothing of it; newer ones say null where they do not know.
std::optional<std::uint64_t> lag_told(const resp::value& info) {
  const auto lag = info.find("lag").integer();
  if (!lag || *lag < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*lag);
}

asio::awaitable<group_facts> complete(client redis, std::string stream, stream_ends ends,
                                      std::chrono::milliseconds now, group_facts group,
                                      std::optional<std::uint64_t> told) {
  const auto unread = co_await stretch_behind(redis, stream, ends, group.position, told);
  group.lag = unread.entries;
  group.oldest = unread.first;
  if (group.pending > 0) {
    const auto oldest = co_await oldest_pending(redis, stream, group.name);
    if (oldest && (!group.oldest || *oldest < *group.oldest)) group.oldest = oldest;
  }
  if (group.oldest) {
    const auto added = std::chrono::milliseconds(group.oldest->milliseconds());
    group.age = std::max(now - added, std::chrono::milliseconds(0));
  }
  co_return group;
}

}  // namespace

asio::awaitable<std::optional<stream_ends>> find_ends(client redis, std::string stream) {
  const auto info = co_await as_result(redis.exec(question("XINFO", "STREAM", stream)));
  std::optional<stream_ends> ends;
  if (info.has_error() && info.error().code() == errc::no_such_key) co_return ends;
  ends = stream_ends::read(info.value().value());
  co_return ends;
}

asio::awaitable<std::vector<group_facts>> read_groups(client redis, std::string stream) {
  std::vector<group_facts> groups;
  const auto ends = co_await find_ends(redis, stream);
  if (!ends) co_return groups;
  const reply time = co_await redis.exec(question("TIME"));
  const auto answer = co_await as_result(redis.exec(question("XINFO", "GROUPS", stream)));
  if (answer.has_error() && answer.error().code() == errc::no_such_key) co_return groups;
  for (const auto& each : answer->value()) {
    group_facts group;
    group.name = each.find("name").text();
    group.consumers = static_cast<std::size_t>(count_in(each.find("consumers")));
    group.pending = count_in(each.find("pending"));
    group.position = id_in(each.find("last-delivered-id"));
    const auto told = lag_told(each);
    auto whole = co_await as_result(
        complete(redis, stream, *ends, time_in(time.value()), std::move(group), told));
    // Removed meanwhile.
    if (whole.has_error() && whole.error().code() == errc::no_group) continue;
    groups.push_back(std::move(whole).value());
  }
  std::sort(groups.begin(), groups.end(),
            [](const auto& one, const auto& other) { return one.name < other.name; });
  co_return groups;
}

}  // namespace sluice::admin
