#include "sluice/redis/subscription.hpp"

#include "redis/inbox.hpp"

#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::milliseconds for_ever{-1};

asio::awaitable<std::optional<message>> run_next(std::shared_ptr<inbox> at,
                                                 std::chrono::milliseconds limit) {
  if (at->empty()) {
    inbox_wait wait(*at, limit);
    while (wait.must_wait_for_message()) co_await wait.wait();
    if (at->empty()) {
      wait.check();
      co_return std::optional<message>();
    }
  }
  co_return std::optional<message>(at->take());
}

asio::awaitable<void> run_ready(std::shared_ptr<inbox> at) {
  inbox_wait wait(*at, for_ever);
  while (wait.must_wait_for_listening()) co_await wait.wait();
  wait.check();
  if (at->closed()) throw error(errc::closed, "the subscription or its client was closed");
  if (const auto* const why = at->refusal()) throw error(*why);
}

}  // namespace

message::message(std::string_view pattern, std::string_view channel, std::string_view payload)
    : pattern_size_(pattern.size()), channel_size_(channel.size()) {
  bytes_.reserve(pattern.size() + channel.size() + payload.size());
  bytes_.append(pattern).append(channel).append(payload);
}

topics& topics::queue(std::size_t messages, std::size_t bytes) {
  if (messages == 0 || bytes == 0) {
    throw error(errc::invalid_argument, "a subscription's queue needs room for something");
  }
  queue_messages_ = messages;
  queue_bytes_ = bytes;
  return *this;
}

subscription::subscription(client redis, topics what) {
  if (what.channels().empty() && what.patterns().empty()) {
    throw error(errc::invalid_argument, "a subscription needs a channel or a pattern");
  }
  inbox_ = std::make_shared<inbox>(std::move(redis), std::move(what));
}

subscription::subscription(subscription&&) noexcept = default;
subscription& subscription::operator=(subscription&& other) noexcept {
  if (this != &other) {
    close();
    inbox_ = std::move(other.inbox_);
  }
  return *this;
}
subscription::~subscription() { close(); }

asio::awaitable<void> subscription::ready() { return run_ready(inbox_); }

asio::awaitable<std::optional<message>> subscription::next() { return run_next(inbox_, for_ever); }

asio::awaitable<std::optional<message>> subscription::next(std::chrono::milliseconds limit) {
  return run_next(inbox_, std::max(limit, std::chrono::milliseconds(0)));
}

void subscription::close() noexcept {
  if (inbox_) inbox_->close();
}

std::size_t subscription::queued() const noexcept { return inbox_->queued(); }
std::uint64_t subscription::dropped() const noexcept { return inbox_->dropped(); }
std::uint64_t subscription::interruptions() const noexcept { return inbox_->interruptions(); }

}  // namespace sluice
