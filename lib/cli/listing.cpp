#include "cli/listing.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <unistd.h>

#include <cstddef>
#include <utility>

namespace sluice::cli {
namespace asio = boost::asio;

listing::listing(session& here)
    : here_(here),
      out_(here.redis.get_executor(), STDOUT_FILENO),
      while_listing_(here.stop, [this] {
        out_.stop();
        here_.give_up();
      }) {}

void listing::end_with_reader() {
  out_.when_abandoned([this] {
    here_.abandoned = true;
    here_.give_up();
  });
}

asio::awaitable<bool> listing::print(std::vector<std::string> lines) {
  const std::size_t all = lines.size();
  // The line under way is finished; the sink knows for how long to try.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const auto printed = co_await out_.write(std::move(lines));
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  co_return printed == all && !here_.stop.made();
}

}  // namespace sluice::cli
