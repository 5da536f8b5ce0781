#include "admin/group_moves.hpp"

#include "admin/reading.hpp"
#include "admin/stream_groups.hpp"

#include "sluice/core/result.hpp"

#include <algorithm>
#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

// Some milliseconds of the server's time.
constexpr std::size_t pending_at_once = 10'000;

entry_id target(const stream_ends& ends, start where) {
  switch (where.what()) {
    case start::kind::earliest:
      return entry_id();
    case start::kind::latest:
      return ends.last_generated;
    default:
      return std::min(where.id(), ends.last_generated);
  }
}

struct known_place {
  entry_id position;
  std::uint64_t pending = 0;
};

asio::awaitable<known_place> place_of_group(client redis, std::string stream, std::string group) {
  const auto answer = co_await as_result(redis.exec(question("XINFO", "GROUPS", stream)));
  if (answer.has_error() && answer.error().code() != errc::no_such_key) throw answer.error();
  if (answer.has_value()) {
    for (const auto& each : answer->value()) {
      if (each.find("name").text() != group) continue;
      known_place found;
      found.position = id_in(each.find("last-delivered-id"));
      found.pending = count_in(each.find("pending"));
      co_return found;
    }
  }
  throw error(errc::no_group, "there is no group '" + group + "' of '" + stream + '\'');
}

// How many pending entries lie behind an id.
asio::awaitable<std::uint64_t> count_pending_behind(client redis, std::string stream,
                                                    std::string group, entry_id id) {
  const group_desk desk(redis, std::move(stream), std::move(group));
  std::uint64_t found = 0;
  for (bool more = true; more;) {
    const auto which = pending_query().most(pending_at_once).after(id);
    const auto page = co_await desk.pending(which);
    found += page.size();
    more = page.size() == pending_at_once;
    if (more) id = page.back().id;
  }
  co_return found;
}

}  // namespace

asio::awaitable<group_move> foresee_move(client redis, std::string stream, std::string group,
                                         start where) {
  const auto place = co_await place_of_group(redis, stream, group);
  group_move step;
  step.from = place.position;
  const auto ends = co_await find_ends(redis, stream);
  step.to = step.from;
  if (!ends) co_return step;
  step.to = target(*ends, where);
  const auto first = std::min(step.from, step.to);
  const auto last = std::max(step.from, step.to);
  step.entries = co_await count_between(redis, stream, *ends, first, last);
  if (place.pending > 0) {
    step.pending = co_await count_pending_behind(redis, stream, group, step.to);
  }
  co_return step;
}

// "$" where the end is meant: what is added meanwhile is passed over, too. With an id to come all
// would be that is added until then.
asio::awaitable<group_move> move_group(client redis, std::string stream, std::string group,
                                       start where) {
  const auto step = co_await foresee_move(redis, stream, group, where);
  command move("XGROUP");
  move.arg("SETID", stream, group);
  const bool to_come = where.what() == start::kind::after && where.id() > step.to;
  if (where.what() == start::kind::latest || to_come) {
    move.arg("$");
  } else {
    move.arg(step.to.to_string());
  }
  // Not sent again when the link breaks: members may have read on meanwhile.
  co_await redis.exec(std::move(move));
  co_return step;
}

}  // namespace sluice::admin
