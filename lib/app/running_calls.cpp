#include "app/running_calls.hpp"

#include "redis/client_access.hpp"

#include "sluice/core/result.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

// Of those that did not run here when they were cancelled: most of them run elsewhere.
constexpr std::size_t most_remembered = 4'096;

}  // namespace

void running_calls::listen(const std::vector<std::string>& channels) {
  topics all;
  for (const auto& each : channels) all.channel(each);
  signals_ = std::make_shared<subscription>(redis_, std::move(all));
  asio::co_spawn(redis_.get_executor(), hear(weak_from_this(), signals_),
                 [](const std::exception_ptr&) {});
}

void running_calls::end() noexcept {
  if (signals_) signals_->close();
}

bool running_calls::admit(const std::shared_ptr<service_call>& which) {
  const auto& id = which->what().id;
  if (cancelled_.erase(id) > 0) {
    std::erase(in_order_, id);
    return false;
  }
  running_.emplace(id, which);
  return true;
}

void running_calls::dismiss(const service_call& which) noexcept {
  auto [each, last] = running_.equal_range(which.what().id);
  for (; each != last; ++each) {
    const auto one = each->second.lock();
    if (one && one.get() != &which) continue;
    running_.erase(each);
    return;
  }
}

void running_calls::remember(const std::string& id) {
  if (!cancelled_.insert(id).second) return;
  in_order_.push_back(id);
  if (in_order_.size() <= most_remembered) return;
  cancelled_.erase(in_order_.front());
  in_order_.pop_front();
}

void running_calls::on_signal(const call_signal& what) {
  std::vector<std::shared_ptr<service_call>> meant;
  const auto [first, last] = running_.equal_range(what.id);
  std::for_each(first, last, [&meant](const auto& each) {
    if (auto one = each.second.lock()) meant.push_back(std::move(one));
  });
  if (meant.empty() && what.what == call_signal::kind::cancel) remember(what.id);
  for (const auto& each : meant) each->on_signal(what);
}

asio::awaitable<void> running_calls::hear(std::weak_ptr<running_calls> whose,
                                          std::shared_ptr<subscription> from) {
  while (true) {
    auto coming = from->next();
    // A channel that this user may not listen to: its messages cannot be cancelled, no more.
    auto came = co_await as_result(std::move(coming));
    const auto self = whose.lock();
    if (!self || (came && !*came)) co_return;
    if (!came && came.error().code() == errc::closed) co_return;
    if (!came) continue;
    if (const auto what = decode_signal((**came).payload())) self->on_signal(*what);
  }
}

}  // namespace sluice
