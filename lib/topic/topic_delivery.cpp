#include "sluice/topic/topic_delivery.hpp"

#include "topic/settlement.hpp"

#include <utility>

namespace sluice {

topic_delivery::topic_delivery(topic_message what, std::shared_ptr<settlement> how)
    : topic_message(std::move(what)), settlement_(std::move(how)) {}

const std::string& topic_delivery::topic() const noexcept { return settlement_->topic(); }

const delivery& topic_delivery::entry() const noexcept { return settlement_->entry(); }

boost::asio::awaitable<void> topic_delivery::settle() {
  return settlement::settle(settlement_, id());
}

}  // namespace sluice
