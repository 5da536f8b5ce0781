#include "sluice/flow/from_list.hpp"

#include "flow/list_feed.hpp"

#include "sluice/core/error.hpp"

#include <set>
#include <utility>

namespace sluice::flow {
namespace {

using namespace std::chrono_literals;

void check(const lists& what) {
  std::set<std::string> seen;
  for (const auto& each : what.keys()) {
    if (each.empty()) throw error(errc::invalid_argument, "a list needs a name");
    if (!seen.insert(each).second) {
      throw error(errc::invalid_argument, "list '" + each + "' is named twice");
    }
  }
}

}  // namespace

lists& lists::prefetch(std::size_t elements) {
  if (elements == 0) throw error(errc::invalid_argument, "prefetch must be at least 1");
  prefetch_ = elements;
  return *this;
}

lists& lists::heartbeat(std::chrono::milliseconds every) {
  if (every < 10ms || every > 10min) {
    throw error(errc::invalid_argument, "heartbeat must be from 10 ms to 10 min, not " +
                                            std::to_string(every.count()) + " ms");
  }
  heartbeat_ = every;
  return *this;
}

list_elements::list_elements(client redis, const lists& what, retry_policy retry)
    : feed_(std::make_shared<list_feed>(std::move(redis), what, std::move(retry))) {}

void list_elements::join(runtime& where) { feed_->join(where); }

boost::asio::awaitable<std::optional<item<list_element>>> list_elements::next() {
  return list_feed::next(feed_);
}

std::optional<item<list_element>> list_elements::take() { return feed_->take(); }

void list_elements::close() noexcept { feed_->close(); }

list_elements from_list(client redis, const lists& what, retry_policy retry) {
  check(what);
  return {std::move(redis), what, std::move(retry)};
}

list_elements from_list(client redis, std::string key) {
  return from_list(std::move(redis), lists(std::move(key)));
}

}  // namespace sluice::flow
