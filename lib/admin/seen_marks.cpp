#include "sluice/admin/seen_marks.hpp"

#include "admin/key_scan.hpp"

#include "sluice/core/error.hpp"
#include "sluice/core/uuid.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

// As a text, with the colon before it.
constexpr std::size_t id_size = 37;

/// Ids of one group's marks; `SCAN` may give a key twice.
class mark_count {
 public:
  void add(const uuid& id) { ids_.push_back(id); }
  std::size_t distinct() {
    std::sort(ids_.begin(), ids_.end());
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
    return ids_.size();
  }

 private:
  std::vector<uuid> ids_;
};

// A pattern cannot say where a group's name ends, so that an id at the end decides.
asio::awaitable<std::map<std::string, std::size_t>> run_seen(client redis, std::string head) {
  key_scan scan(std::move(redis), literally(head) + '*', "");
  std::map<std::string, mark_count> marks;
  while (!scan.over()) {
    const auto keys = co_await scan.next();
    for (const auto& each : keys) {
      const auto rest = std::string_view(each).substr(head.size());
      if (rest.size() <= id_size || rest[rest.size() - id_size] != ':') continue;
      const auto id = uuid::parse(rest.substr(rest.size() - id_size + 1));
      if (id) marks[std::string(rest.substr(0, rest.size() - id_size))].add(*id);
    }
  }
  std::map<std::string, std::size_t> counts;
  for (auto& [group, count] : marks) counts.emplace(group, count.distinct());
  co_return counts;
}

asio::awaitable<std::size_t> run_count_seen(client redis, std::string head, std::string group) {
  const auto all = co_await run_seen(std::move(redis), std::move(head));
  const auto found = all.find(group);
  co_return found == all.end() ? 0 : found->second;
}

std::string head_of(std::string_view prefix, std::string_view topic) {
  return std::string(prefix).append("seen:").append(topic).append(":");
}

}  // namespace

asio::awaitable<std::size_t> count_seen(client redis, std::string_view topic,
                                        std::string_view group, std::string_view prefix) {
  if (topic.empty() || group.empty()) {
    throw error(errc::invalid_argument, "marks are those of a topic and a group");
  }
  return run_count_seen(std::move(redis), head_of(prefix, topic), std::string(group));
}

asio::awaitable<std::map<std::string, std::size_t>> seen_by_group(client redis,
                                                                  std::string_view topic,
                                                                  std::string_view prefix) {
  if (topic.empty()) throw error(errc::invalid_argument, "marks are those of a topic");
  return run_seen(std::move(redis), head_of(prefix, topic));
}

}  // namespace sluice::admin
