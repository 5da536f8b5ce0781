#include "sluice/app/extension.hpp"

#include <boost/core/demangle.hpp>

#include <typeinfo>

namespace sluice {

extension::~extension() = default;

std::string extension::name() const { return boost::core::demangle(typeid(*this).name()); }

boost::asio::awaitable<void> extension::on_start(running_app /*where*/) { co_return; }
boost::asio::awaitable<void> extension::on_stop() { co_return; }
void extension::on_consume_begin(const consumption& /*what*/) {}
void extension::on_consume_exception(const consumption& /*what*/,
                                     const std::exception_ptr& /*failure*/) {}
void extension::on_consume_end(const consumption& /*what*/) {}
std::chrono::milliseconds extension::tick_every() const { return std::chrono::milliseconds(0); }
void extension::on_tick() {}
void extension::on_fork(std::size_t /*number*/) {}

}  // namespace sluice
