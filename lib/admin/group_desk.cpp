#include "sluice/admin/group_desk.hpp"

#include "admin/group_moves.hpp"
#include "admin/group_removal.hpp"
#include "admin/reading.hpp"
#include "admin/side_by_side.hpp"
#include "group/ownership.hpp"

#include "sluice/admin/stream_desk.hpp"
#include "sluice/core/error.hpp"
#include "sluice/core/result.hpp"

#include <algorithm>
#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

constexpr std::size_t largest_page = 10'000;

asio::awaitable<std::vector<consumer_facts>> run_consumers(client redis, std::string stream,
                                                           std::string group) {
  const auto answer = co_await as_result(redis.exec(question("XINFO", "CONSUMERS", stream, group)));
  if (answer.has_error() && answer.error().code() == errc::no_such_key) {
    throw error(errc::no_group, "there is no stream '" + stream + '\'');
  }
  std::vector<consumer_facts> all;
  for (const auto& each : answer.value().value()) {
    auto& one = all.emplace_back();
    one.name = each.find("name").text();
    one.pending = count_in(each.find("pending"));
    one.idle = std::chrono::milliseconds(count_in(each.find("idle")));
    const auto inactive = each.find("inactive").integer();
    // Negative for one that never got anything.
    if (inactive) one.inactive = std::chrono::milliseconds(std::max<std::int64_t>(*inactive, 0));
    one.nobody = owner::is_nobody(one.name);
  }
  std::stable_partition(all.begin(), all.end(), [](const auto& one) { return !one.nobody; });
  co_return all;
}

command listing_of(const std::string& stream, const std::string& group,
                   const pending_query& which) {
  auto list = question("XPENDING", stream, group);
  if (which.idle_for().count() > 0) list.arg("IDLE", which.idle_for().count());
  list.arg(which.after() == entry_id() ? "-" : '(' + which.after().to_string());
  list.arg("+", which.most());
  if (!which.consumer().empty()) list.arg(which.consumer());
  return list;
}

asio::awaitable<void> add_content(const stream_desk& from, pending_facts& to) {
  to.content = co_await from.find(to.id);
}

asio::awaitable<std::vector<pending_facts>> run_pending(client redis, std::string stream,
                                                        std::string group, pending_query which) {
  const reply answer = co_await redis.exec(listing_of(stream, group, which));
  std::vector<pending_facts> page;
  for (const auto& each : answer.value()) {
    auto& one = page.emplace_back();
    one.id = id_in(each[0]);
    one.consumer = each[1].text();
    one.idle = std::chrono::milliseconds(count_in(each[2]));
    one.deliveries = each[3].integer().value_or(0);
  }
  if (!which.with_content()) co_return page;
  const stream_desk desk(redis, stream);
  const auto find = [&](std::size_t i) { return add_content(desk, page[i]); };
  auto finding_all = side_by_side(redis, page.size(), find);
  co_await std::move(finding_all);
  co_return page;
}

void check_place(start where) {
  if (where.what() == start::kind::last) {
    throw error(errc::invalid_argument, "a group is moved to an id or a time, not to the last few");
  }
}

void check_consumer(const std::string& name) {
  if (name.empty()) throw error(errc::invalid_argument, "a consumer needs a name");
  if (owner::is_nobody(name)) {
    throw error(errc::invalid_argument, "what " + name + " has is given back already");
  }
}

}  // namespace

group_desk::group_desk(client redis, std::string stream, std::string group)
    : redis_(std::move(redis)), stream_(std::move(stream)), group_(std::move(group)) {
  if (stream_.empty() || group_.empty()) {
    throw error(errc::invalid_argument, "a group is named by its stream and its name");
  }
}

asio::awaitable<std::vector<consumer_facts>> group_desk::consumers() const {
  return run_consumers(redis_, stream_, group_);
}

asio::awaitable<std::vector<pending_facts>> group_desk::pending(const pending_query& which) const {
  if (which.most() == 0 || which.most() > largest_page || which.idle_for().count() < 0) {
    throw error(errc::invalid_argument, "a page of pending entries has 1 to 10,000 of them");
  }
  return run_pending(redis_, stream_, group_, which);
}

asio::awaitable<group_move> group_desk::foresee(start where) const {
  check_place(where);
  return foresee_move(redis_, stream_, group_, where);
}

asio::awaitable<group_move> group_desk::move(start where) const {
  check_place(where);
  return move_group(redis_, stream_, group_, where);
}

asio::awaitable<std::size_t> group_desk::release(std::string consumer) const {
  check_consumer(consumer);
  return release_all(redis_, stream_, group_, std::move(consumer));
}

asio::awaitable<bool> group_desk::remove_consumer(std::string name) const {
  check_consumer(name);
  return release_and_remove(redis_, stream_, group_, std::move(name));
}

asio::awaitable<group_removal> group_desk::remove(bool drop_pending) const {
  return remove_group(redis_, stream_, group_, drop_pending);
}

}  // namespace sluice::admin
