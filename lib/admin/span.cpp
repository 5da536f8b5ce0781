#include "admin/span.hpp"

#include "admin/reading.hpp"

#include "sluice/core/result.hpp"

#include <algorithm>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

// Small enough to read, and as many as a group that keeps up is ever behind.
constexpr std::size_t counted = 100;

}  // namespace

stream_ends stream_ends::read(const resp::value& info) {
  stream_ends ends;
  ends.length = count_in(info.find("length"));
  ends.first = id_in(info.find("first-entry")[0]);
  ends.last = id_in(info.find("last-entry")[0]);
  ends.last_generated = id_in(info.find("last-generated-id"));
  return ends;
}

std::uint64_t even_share(const stream_ends& ends, entry_id position) noexcept {
  const auto place = [&ends](entry_id id) {
    const bool by_time = ends.first.milliseconds() != ends.last.milliseconds();
    return static_cast<long double>(by_time ? id.milliseconds() : id.sequence());
  };
  const auto whole = place(ends.last) - place(ends.first);
  const auto part = place(ends.last) - place(position);
  const auto share = whole > 0 ? std::clamp(part / whole, 0.0L, 1.0L) : 0.5L;
  return static_cast<std::uint64_t>(share * static_cast<long double>(ends.length));
}

asio::awaitable<stretch> stretch_behind(client redis, std::string stream, stream_ends ends,
                                        entry_id position) {
  stretch found;
  if (ends.empty() || position >= ends.last) co_return found;
  if (position < ends.first) {
    found.first = ends.first;
    found.entries.count = ends.length;
    co_return found;
  }
  auto most = counted;
  const auto behind = '(' + position.to_string();
  auto read =
      co_await as_result(redis.exec(question("XRANGE", stream, behind, "+", "COUNT", most)));
  if (read.has_error() && read.error().code() == errc::reply_too_large) {
    most = 1;
    read = co_await as_result(redis.exec(question("XRANGE", stream, behind, "+", "COUNT", most)));
  }
  const auto& entries = read.value().value();
  if (entries.size() == 0) co_return found;
  found.first = id_in(entries[0][0]);
  found.entries.count = entries.size();
  if (entries.size() == most) {
    found.entries.estimated = true;
    // Some may have been added since the ends were asked for.
    const auto stored = std::max<std::uint64_t>(ends.length, most);
    found.entries.count = std::clamp<std::uint64_t>(even_share(ends, position), most, stored);
  }
  co_return found;
}

asio::awaitable<figure> count_between(client redis, std::string stream, stream_ends ends,
                                      entry_id from, entry_id to) {
  const auto all = co_await stretch_behind(redis, stream, ends, from);
  const auto rest = co_await stretch_behind(redis, stream, ends, to);
  figure between;
  between.estimated = all.entries.estimated || rest.entries.estimated;
  between.count = all.entries.count - std::min(all.entries.count, rest.entries.count);
  co_return between;
}

}  // namespace sluice::admin
