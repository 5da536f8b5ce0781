#include "sluice/admin/overview.hpp"

#include "admin/side_by_side.hpp"

#include "sluice/core/error.hpp"
#include "sluice/core/result.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

/// Of one stream.
template <class Facts>
struct answer_slot {
  std::vector<Facts> found;
  bool forbidden = false, too_large = false;
};

/// Fills a slot, unless the stream is none of ours to know about.
template <class Facts>
asio::awaitable<void> fill(answer_slot<Facts>& slot, asio::awaitable<std::vector<Facts>> look) {
  auto answer = co_await as_result(std::move(look));
  if (answer.has_value()) {
    slot.found = std::move(answer).value();
    co_return;
  }
  const auto why = answer.error().code();
  slot.forbidden = why == errc::not_permitted;
  slot.too_large = why == errc::reply_too_large;
  // The key was deleted, or something else has its name by now.
  const bool gone = why == errc::wrong_type || why == errc::no_such_key || why == errc::no_group;
  if (!slot.forbidden && !slot.too_large && !gone) throw answer.error();
}

template <class Facts, class Look>
asio::awaitable<survey<Facts>> run_survey(client redis, std::vector<std::string> streams,
                                          Look look) {
  std::vector<answer_slot<Facts>> slots(streams.size());
  const auto ask = [&](std::size_t i) { return fill<Facts>(slots[i], look(redis, streams[i])); };
  auto asking = side_by_side(redis, streams.size(), ask);
  co_await std::move(asking);
  survey<Facts> all;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    auto& found = slots[i].found;
    std::move(found.begin(), found.end(), std::back_inserter(all.found));
    if (slots[i].forbidden) all.forbidden.push_back(streams[i]);
    if (slots[i].too_large) all.too_large.push_back(streams[i]);
  }
  co_return all;
}

asio::awaitable<std::vector<stream_facts>> facts_of_one(client redis, std::string stream) {
  std::vector<stream_facts> all;
  const stream_desk desk(redis, stream);
  auto facts = co_await desk.facts();
  if (facts) all.push_back(std::move(*facts));
  co_return all;
}

asio::awaitable<std::vector<group_state>> groups_of_one(client redis, std::string stream) {
  std::vector<group_state> all;
  const stream_desk desk(redis, stream);
  auto groups = co_await desk.groups();
  for (auto& each : groups) {
    if (each.name.empty()) continue;
    auto& state = all.emplace_back();
    state.stream = stream;
    state.facts = std::move(each);
  }
  co_return all;
}

asio::awaitable<std::vector<group_state>> states_of_one(client redis, std::string stream) {
  auto groups = co_await groups_of_one(redis, stream);
  std::vector<group_state> all;
  for (auto& each : groups) {
    const group_desk desk(redis, stream, each.facts.name);
    auto consumers = co_await as_result(desk.consumers());
    // Removed meanwhile.
    if (consumers.has_error() && consumers.error().code() == errc::no_group) continue;
    each.consumers = std::move(consumers).value();
    all.push_back(std::move(each));
  }
  co_return all;
}

}  // namespace

asio::awaitable<survey<stream_facts>> facts_of(client redis, std::vector<std::string> streams) {
  return run_survey<stream_facts>(std::move(redis), std::move(streams), facts_of_one);
}

asio::awaitable<survey<group_state>> states_of(client redis, std::vector<std::string> streams,
                                               bool with_consumers) {
  return run_survey<group_state>(std::move(redis), std::move(streams),
                                 with_consumers ? states_of_one : groups_of_one);
}

}  // namespace sluice::admin
