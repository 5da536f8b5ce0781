#include "sluice/flow/to_stream_once.hpp"

#include "flow/once_outlet.hpp"

#include "sluice/core/error.hpp"

namespace sluice::flow {

once_sink::once_sink(client redis, std::string stream, add_options how)
    : redis_(std::move(redis)), stream_(std::move(stream)), how_(how) {
  if (!how_.id() && how_.once().empty()) return;
  throw error(errc::invalid_argument,
              "to_stream_once cannot add all entries by one id, or one key of once()");
}

once_node::once_node(runtime& where, client redis, std::string stream, add_options how)
    : outlet_(std::make_shared<once_outlet>(where, std::move(redis), std::move(stream), how)) {}
once_node::~once_node() = default;

void once_node::push(item<fields>&& element) {
  outlet_->push({std::move(element.value)}, std::move(element.from));
}

void once_node::push(item<std::vector<fields>>&& element) {
  outlet_->push(element.value, std::move(element.from));
}

bool once_node::full() const noexcept { return outlet_->full(); }
boost::asio::awaitable<void> once_node::room() { return outlet_->room(); }

void once_node::fail(receipt from, const std::exception_ptr& why) {
  outlet_->fail(std::move(from), why);
}

}  // namespace sluice::flow
