#include "sluice/flow/to_stream_once.hpp"

#include "flow/once_outlet.hpp"

namespace sluice::flow {

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
