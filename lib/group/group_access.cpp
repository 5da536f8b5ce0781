#include "group/group_access.hpp"

#include "group/group_lane.hpp"
#include "stream/take.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace sluice {
namespace {

boost::asio::awaitable<std::vector<delivery>> take_arrived(std::shared_ptr<stream_intake> intake,
                                                           std::size_t ahead) {
  std::vector<delivery> arrived;
  std::optional<delivery> first =
      co_await take_one<delivery, group_lane>(intake, intake->default_waiting(), ahead);
  if (!first) co_return arrived;
  arrived.push_back(*std::move(first));
  while (auto* const ready = intake->ready_lane()) {
    arrived.push_back(static_cast<group_lane*>(ready)->take_item());
  }
  co_return arrived;
}

}  // namespace

boost::asio::awaitable<std::vector<delivery>> group_access::get_arrived(const group_consumer& from,
                                                                        std::size_t ahead) {
  return take_arrived(from.intake_, ahead);
}

std::size_t group_access::send_away(const group_consumer& from, std::size_t most) {
  return from.intake_->send_away(most);
}

void group_access::prefetch(const group_consumer& from, std::size_t entries) {
  from.intake_->for_each_lane([entries](lane& each) { each.prefetch(entries); });
}

std::size_t group_access::read_ahead(const group_consumer& from) noexcept {
  std::size_t entries = 0;
  from.intake_->for_each_lane([&entries](const lane& each) { entries += each.read_ahead(); });
  return entries;
}

void group_access::settle_quietly(delivery& what) {
  if (what.number_ == 0) return;
  lane_of(what).settle_quietly(std::exchange(what.number_, 0), what.id_text());
}

std::function<void()> group_access::canceller_of(const delivery& what) {
  return lane_of(what).loss_listener(what.number_);
}

// Only group_lane makes deliveries.
group_lane& group_access::lane_of(const delivery& what) noexcept {
  return const_cast<group_lane&>(static_cast<const group_lane&>(*what.origin()));
}

}  // namespace sluice
