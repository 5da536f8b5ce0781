#include "sluice/flow/from_group.hpp"

#include "flow/group_feed.hpp"
#include "group/member_defaults.hpp"

#include <utility>

namespace sluice::flow {

group_entries::group_entries(group_consumer from, retry_policy retry)
    : feed_(std::make_shared<group_feed>(std::move(from), std::move(retry))) {}

void group_entries::join(runtime& where) { feed_->join(where); }

boost::asio::awaitable<std::optional<item<entry>>> group_entries::next() {
  return group_feed::next(feed_);
}

std::optional<item<entry>> group_entries::take() { return feed_->take(); }

void group_entries::close() noexcept { feed_->close(); }

group_entries from_group(client redis, group what, retry_policy retry) {
  auto complete = with_member_defaults(std::move(what), retry);
  return from_group(group_consumer(std::move(redis), std::move(complete)), std::move(retry));
}

group_entries from_group(group_consumer from, retry_policy retry) {
  return {std::move(from), std::move(retry)};
}

}  // namespace sluice::flow
