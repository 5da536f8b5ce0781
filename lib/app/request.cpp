#include "sluice/app/request.hpp"

#include "app/service_call.hpp"

#include <utility>

namespace sluice {

const std::string& request::topic() const noexcept { return call_->topic(); }
const boost::json::value& request::value() const noexcept { return call_->what().value; }
const std::string& request::id() const noexcept { return call_->what().id; }
const std::string& request::source_group() const noexcept { return call_->what().source_group; }
const std::string& request::traceparent() const noexcept { return call_->what().traceparent; }
std::int64_t request::attempt() const noexcept { return call_->attempt(); }
bool request::answerable() const noexcept { return call_->answers()->open(); }

std::optional<std::chrono::milliseconds> request::time_left() const { return call_->time_left(); }

void request::respond(const boost::json::value& answer) { call_->answers()->respond(answer); }
void request::respond_last(const boost::json::value& answer) {
  call_->answers()->respond_last(answer);
}
boost::asio::awaitable<void> request::room() { return answer_line::room(call_->answers()); }

}  // namespace sluice
