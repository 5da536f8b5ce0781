#include "sluice/admin/stream_list.hpp"

#include "admin/key_scan.hpp"

#include "sluice/core/error.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;

struct stream_list::state {
  state(client redis, std::string pattern) : scan(std::move(redis), std::move(pattern), "stream") {}

  key_scan scan;
  std::unordered_set<std::string> given;
};

stream_list::stream_list(client redis, std::string pattern) {
  if (pattern.empty()) throw error(errc::invalid_argument, "streams are listed by a pattern");
  state_ = std::make_shared<state>(std::move(redis), std::move(pattern));
}

asio::awaitable<std::vector<std::string>> stream_list::run_next(std::shared_ptr<state> self) {
  std::vector<std::string> fresh;
  while (fresh.empty() && !self->scan.over()) {
    auto found = co_await self->scan.next();
    for (auto& each : found) {
      if (self->given.insert(each).second) fresh.push_back(std::move(each));
    }
  }
  co_return fresh;
}

asio::awaitable<std::vector<std::string>> stream_list::run_rest(std::shared_ptr<state> self) {
  std::vector<std::string> all;
  while (!self->scan.over()) {
    auto some = co_await run_next(self);
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  std::sort(all.begin(), all.end());
  co_return all;
}

asio::awaitable<std::vector<std::string>> stream_list::next() { return run_next(state_); }

asio::awaitable<std::vector<std::string>> stream_list::rest() { return run_rest(state_); }

}  // namespace sluice::admin
