#include "mailbox/write_lane.hpp"

#include "sluice/core/error.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace sluice {
namespace {

// Others wait for the server meanwhile.
constexpr std::size_t most_at_once = 128;
constexpr std::size_t most_bytes_at_once = std::size_t{1} << 20U;

}  // namespace

void write_lane::begin_step() {
  std::size_t bytes = 0;
  while (!line_.empty() && step_.size() < most_at_once && bytes < most_bytes_at_once) {
    bytes += line_.front().data.size();
    step_.push_back(std::move(line_.front()));
    line_.pop_front();
  }
}

void write_lane::append_data(std::vector<std::string>& to) const {
  for (const auto& each : step_) to.push_back(each.data);
}

clock::time_point write_lane::patience() const noexcept { return step_.front().patience; }

void write_lane::finish_step(std::uint64_t first) {
  for (auto& each : std::exchange(step_, {})) {
    if (each.who != nullptr) {
      each.who->number_ = first;
      each.who->make_ready();
    }
    ++first;
  }
}

void write_lane::fail_step(const std::exception_ptr& why) {
  for (auto& each : std::exchange(step_, {})) {
    if (each.who == nullptr) continue;
    each.who->failure_ = why;
    each.who->make_ready();
  }
}

void write_lane::fail_the_impatient(clock::time_point now, const std::exception_ptr& why) {
  const auto is_over = [now](const message& each) { return each.patience <= now; };
  const auto rest = std::stable_partition(step_.begin(), step_.end(), is_over);
  line_.insert(line_.begin(), std::make_move_iterator(rest), std::make_move_iterator(step_.end()));
  step_.erase(rest, step_.end());
  fail_step(why);
}

write_lane::visit::visit(connection& link, std::shared_ptr<write_lane> lane, std::string data,
                         clock::time_point patience)
    : waiter(link.waiters()), link_(link), lane_(std::move(lane)) {
  lane_->line_.push_back({this, std::move(data), patience});
}

write_lane::visit::~visit() {
  if (!pending()) return;
  const auto is_mine = [this](const message& each) { return each.who == this; };
  std::erase_if(lane_->line_, is_mine);
  for (auto& each : lane_->step_) {
    if (is_mine(each)) each.who = nullptr;
  }
}

std::uint64_t write_lane::visit::take() const {
  if (number_) return *number_;
  if (failure_ != nullptr) std::rethrow_exception(failure_);
  throw error(errc::cancelled);
}

}  // namespace sluice
