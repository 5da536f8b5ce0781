#include "sluice/admin/stream_desk.hpp"

#include "admin/reading.hpp"
#include "admin/stream_groups.hpp"
#include "group/spent_script.hpp"

#include "sluice/core/result.hpp"
#include "sluice/group/dead_letters.hpp"

#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

asio::awaitable<std::optional<stream_facts>> run_facts(client redis, std::string name) {
  std::optional<stream_facts> facts;
  const auto info = co_await as_result(redis.exec(question("XINFO", "STREAM", name)));
  if (info.has_error() && info.error().code() == errc::no_such_key) co_return facts;
  const auto ends = stream_ends::read(info.value().value());
  facts.emplace();
  facts->name = name;
  facts->length = ends.length;
  facts->last_generated = ends.last_generated;
  facts->groups = static_cast<std::size_t>(count_in(info->value().find("groups")));
  if (!ends.empty()) {
    facts->first = ends.first;
    facts->last = ends.last;
  }
  const auto memory = co_await as_result(redis.exec(question("MEMORY", "USAGE", name)));
  if (memory.has_value()) facts->bytes = count_in(memory->value());
  // It may be somebody else's key, or out of reach for this user.
  const auto dead =
      co_await as_result(redis.exec(question("XLEN", sluice::dead_letters::stream_of(name))));
  if (dead.has_value()) facts->dead_letters = count_in(dead->value());
  co_return facts;
}

asio::awaitable<std::optional<stored_entry>> run_find(client redis, std::string name, entry_id id) {
  const auto at = id.to_string();
  const reply answer = co_await redis.exec(question("XRANGE", name, at, at));
  std::optional<stored_entry> found;
  if (answer.value().size() > 0) found = entry_in(answer.value()[0]);
  co_return found;
}

asio::awaitable<bool> run_remove(client redis, command removal) {
  const reply answer = co_await redis.exec(std::move(removal));
  co_return count_in(answer.value()) > 0;
}

asio::awaitable<trimmed> trim_step(client redis, std::string name, std::string how) {
  std::vector<std::string> keys(1, name), arguments(1, how);
  const reply answer = co_await redis.exec(spent_script(), std::move(keys), std::move(arguments));
  trimmed what;
  what.entries.count = count_in(answer.value()[0]);
  what.edge = entry_id::parse(answer.value()[1].text());
  co_return what;
}

// Of whole blocks the server takes out so many at a time that it is never busy for long: 100 times
// stream-node-max-entries. It does not say whether that was all, so it is asked until none goes.
asio::awaitable<trimmed> run_trim(client redis, std::string name, bool to_the_entry) {
  if (to_the_entry) {
    const auto all = co_await trim_step(redis, name, "=");
    co_return all;
  }
  trimmed sum;
  for (bool more = true; more;) {
    const auto step = co_await trim_step(redis, name, "~");
    sum.entries.count += step.entries.count;
    sum.edge = step.edge;
    more = step.entries.count > 0;
  }
  co_return sum;
}

asio::awaitable<trimmed> run_spent(client redis, std::string name) {
  auto what = co_await trim_step(redis, name, "?");
  if (!what.edge) co_return what;
  const auto ends = co_await find_ends(redis, name);
  if (!ends || ends->empty() || ends->first >= *what.edge) co_return what;
  const auto kept = co_await stretch_behind(redis, name, *ends, what.edge->previous());
  what.entries.count = ends->length - std::min(ends->length, kept.entries.count);
  what.entries.estimated = kept.entries.estimated;
  co_return what;
}

}  // namespace

stream_desk::stream_desk(client redis, std::string name)
    : redis_(std::move(redis)), name_(std::move(name)) {
  if (name_.empty()) throw error(errc::invalid_argument, "a stream needs a name");
}

asio::awaitable<std::optional<stream_facts>> stream_desk::facts() const {
  return run_facts(redis_, name_);
}

asio::awaitable<std::vector<group_facts>> stream_desk::groups() const {
  return read_groups(redis_, name_);
}

asio::awaitable<std::optional<stored_entry>> stream_desk::find(entry_id id) const {
  return run_find(redis_, name_, id);
}

asio::awaitable<bool> stream_desk::remove(entry_id id) const {
  command removal("XDEL");
  removal.arg(name_).arg(id.to_string());
  return run_remove(redis_, std::move(removal));
}

asio::awaitable<trimmed> stream_desk::spent() const { return run_spent(redis_, name_); }

asio::awaitable<trimmed> stream_desk::trim(bool to_the_entry) const {
  return run_trim(redis_, name_, to_the_entry);
}

}  // namespace sluice::admin
