#include "cli/listing.hpp"

#include <unistd.h>

#include <cstddef>
#include <utility>

namespace sluice::cli {

listing::listing(session& here)
    : here_(here),
      out_(here.redis.get_executor(), STDOUT_FILENO),
      while_listing_(here.stop, [this] {
        out_.stop();
        here_.redis.stop();
      }) {}

boost::asio::awaitable<bool> listing::print(std::vector<std::string> lines) {
  const std::size_t all = lines.size();
  const auto printed = co_await out_.write(std::move(lines));
  co_return printed == all && !here_.stop.made();
}

}  // namespace sluice::cli
