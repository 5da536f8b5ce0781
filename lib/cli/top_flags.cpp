#include "cli/top_flags.hpp"

#include "cli/full_screen.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cmath>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

std::chrono::milliseconds seconds(double count) {
  return std::chrono::milliseconds(std::llround(count * 1'000));
}

}  // namespace

std::chrono::milliseconds top_flags::pause() const { return seconds(every); }

std::chrono::milliseconds top_flags::silence() const { return seconds(dead_after); }

bool top_flags::on_screen() const { return !json && !once && !count && can_draw(); }

admin::watch_options top_flags::watched() const {
  admin::watch_options how;
  for (const auto& each : patterns) how.streams(each);
  how.dead_after(silence()).worst(on_screen() ? worst_on_screen : rows);
  return how;
}

asio::awaitable<void> sleep_on(asio::steady_timer& timer, std::chrono::milliseconds time) {
  boost::system::error_code woken;
  timer.expires_after(time);
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

}  // namespace sluice::cli
