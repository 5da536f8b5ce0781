#include "admin/group_moves.hpp"

#include "admin/reading.hpp"
#include "admin/stream_groups.hpp"

#include "sluice/core/result.hpp"

#include <algorithm>
#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

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

asio::awaitable<entry_id> position_of(client redis, std::string stream, std::string group) {
  const auto answer = co_await as_result(redis.exec(question("XINFO", "GROUPS", stream)));
  if (answer.has_error() && answer.error().code() != errc::no_such_key) throw answer.error();
  if (answer.has_value()) {
    for (const auto& each : answer->value()) {
      if (each.find("name").text() == group) co_return id_in(each.find("last-delivered-id"));
    }
  }
  throw error(errc::no_group, "there is no group '" + group + "' of '" + stream + '\'');
}

}  // namespace

asio::awaitable<group_move> foresee_move(client redis, std::string stream, std::string group,
                                         start where) {
  group_move step;
  step.from = co_await position_of(redis, stream, group);
  const auto ends = co_await find_ends(redis, stream);
  step.to = step.from;
  if (!ends) co_return step;
  step.to = target(*ends, where);
  const auto first = std::min(step.from, step.to);
  const auto last = std::max(step.from, step.to);
  step.entries = co_await count_between(redis, stream, *ends, first, last);
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
