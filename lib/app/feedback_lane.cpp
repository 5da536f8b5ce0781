#include "sluice/app/feedback_lane.hpp"

#include "app/app_core.hpp"

#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using json_value = boost::json::value;

asio::awaitable<std::optional<json_value>> value_of(asio::awaitable<std::optional<answer>> coming) {
  auto came = co_await std::move(coming);
  if (!came) co_return std::nullopt;
  co_return std::move(came->value);
}

asio::awaitable<bool> take_back(std::shared_ptr<lane_state> lane,
                                std::shared_ptr<delayed_store> from) {
  co_await lane_state::sent(lane);
  const bool found = co_await from->cancel(lane->id());
  if (found) lane->on_lost(error(errc::cancelled, "the message was taken back"));
  co_return found;
}

}  // namespace

feedback_lane::feedback_lane(std::unique_ptr<handle> held) noexcept : handle_(std::move(held)) {}
feedback_lane::feedback_lane(feedback_lane&&) noexcept = default;
feedback_lane& feedback_lane::operator=(feedback_lane&&) noexcept = default;
feedback_lane::~feedback_lane() = default;

const std::string& feedback_lane::id() const noexcept { return handle_->lane->id(); }

asio::awaitable<void> feedback_lane::sent() { return lane_state::sent(handle_->lane); }

void feedback_lane::cancel() { handle_->lane->cancel(); }

asio::awaitable<bool> feedback_lane::cancel_delivery() {
  return take_back(handle_->lane, handle_->delayed);
}

asio::awaitable<std::optional<json_value>> feedback_lane::read(std::chrono::milliseconds limit) {
  return read(limit, std::string());
}

asio::awaitable<std::optional<json_value>> feedback_lane::read(std::chrono::milliseconds limit,
                                                               std::string from) {
  return value_of(lane_state::next(handle_->lane, limit, std::move(from)));
}

asio::awaitable<std::optional<json_value>> feedback_lane::next() { return next(std::string()); }

asio::awaitable<std::optional<json_value>> feedback_lane::next(std::string from) {
  return value_of(lane_state::next(handle_->lane, std::nullopt, std::move(from)));
}

}  // namespace sluice
