#include "app/backlogs.hpp"

#include "sluice/core/result.hpp"

#include <utility>

namespace sluice {

boost::asio::awaitable<std::vector<std::optional<std::uint64_t>>> backlogs_of(
    std::vector<std::shared_ptr<reception>> all) {
  std::vector<std::optional<std::uint64_t>> found;
  for (const auto& each : all) {
    auto asking = each->backlog();
    const auto known = co_await as_result(std::move(asking));
    found.push_back(known ? *known : std::nullopt);
  }
  co_return found;
}

}  // namespace sluice
