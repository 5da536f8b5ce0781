#include "sluice/admin/seen_marks.hpp"

#include "admin/key_scan.hpp"

#include "sluice/core/error.hpp"
#include "sluice/core/uuid.hpp"

#include <set>
#include <utility>
#include <vector>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

// The pattern cannot say what a group's name may hold, so that what follows it decides: an id, and
// nothing else. SCAN may give a key twice.
asio::awaitable<std::size_t> run_count_seen(client redis, std::string head) {
  key_scan scan(std::move(redis), literally(head) + '*', "");
  std::set<uuid> seen;
  while (!scan.over()) {
    const auto keys = co_await scan.next();
    for (const auto& each : keys) {
      if (const auto id = uuid::parse(std::string_view(each).substr(head.size()))) seen.insert(*id);
    }
  }
  co_return seen.size();
}

}  // namespace

asio::awaitable<std::size_t> count_seen(client redis, std::string_view topic,
                                        std::string_view group, std::string_view prefix) {
  if (topic.empty() || group.empty()) {
    throw error(errc::invalid_argument, "marks are those of a topic and a group");
  }
  auto head = std::string(prefix).append("seen:").append(topic).append(":").append(group) + ':';
  return run_count_seen(std::move(redis), std::move(head));
}

}  // namespace sluice::admin
