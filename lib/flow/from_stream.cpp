#include "sluice/flow/from_stream.hpp"

#include <utility>

namespace sluice::flow {
namespace {

constexpr std::size_t entries_a_read = 64;

}  // namespace

boost::asio::awaitable<std::optional<item<entry>>> stream_entries::next() {
  if (taken_ == arrived_.size()) {
    arrived_ = co_await from_.get_batch(entries_a_read);
    taken_ = 0;
  }
  co_return take();
}

std::optional<item<entry>> stream_entries::take() {
  std::optional<item<entry>> found;
  if (taken_ < arrived_.size()) found.emplace(std::move(arrived_[taken_++]), receipt());
  return found;
}

stream_entries from_stream(client redis, const streams& what) {
  return stream_entries(consumer(std::move(redis), what));
}

boost::asio::awaitable<std::optional<item<message>>> published_messages::next() {
  std::optional<item<message>> found;
  auto came = co_await from_.next();
  if (came) found.emplace(*std::move(came), receipt());
  co_return found;
}

published_messages from_channels(client redis, topics what) {
  return published_messages(subscription(std::move(redis), std::move(what)));
}

}  // namespace sluice::flow
