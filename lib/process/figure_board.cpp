#include "process/figure_board.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include <sys/mman.h>

namespace sluice {
namespace {

constexpr std::size_t most_topics = 64;

// A text that is written once, and then read by another process.
class shared_name {
 public:
  void write(std::string_view text) noexcept {
    if (length_.load(std::memory_order_relaxed) != 0) return;
    const auto size = std::min(text.size(), text_.size());
    std::copy_n(text.begin(), size, text_.begin());
    length_.store(static_cast<std::uint32_t>(size), std::memory_order_release);
  }
  std::string read() const {
    return std::string(text_.data(), length_.load(std::memory_order_acquire));
  }
  void clear() noexcept { length_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint32_t> length_{0};
  std::array<char, 95> text_{};
};

struct shared_topic {
  shared_name name;
  std::atomic<std::uint64_t> handled, failed, cut_short, in_progress;
  std::atomic<std::int64_t> total, longest;  // microseconds

  void write(const listener_figures& what) noexcept {
    name.write(what.topic);
    handled = what.handled;
    failed = what.failed;
    cut_short = what.cut_short;
    in_progress = what.in_progress;
    total = what.total.count();
    longest = what.longest.count();
  }
  listener_figures read() const {
    listener_figures made;
    made.topic = name.read();
    made.handled = handled;
    made.failed = failed;
    made.cut_short = cut_short;
    made.in_progress = in_progress;
    made.total = std::chrono::microseconds(total);
    made.longest = std::chrono::microseconds(longest);
    return made;
  }
};

// Processes have no lock in common.
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace

struct figure_board::slot {
  shared_name app;
  std::atomic<std::uint32_t> count;
  std::array<shared_topic, most_topics> topics;
};

figure_board::figure_board(std::size_t slots) : count_(slots) {
  void* const place = ::mmap(nullptr, count_ * sizeof(slot), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) throw std::bad_alloc();
  slots_ = static_cast<slot*>(place);
  std::uninitialized_value_construct_n(slots_, count_);
}

figure_board::~figure_board() { ::munmap(slots_, count_ * sizeof(slot)); }

// Topics come in the order of their names, and a new one moves those behind it.
void figure_board::write(std::size_t number, const process_figures& what) noexcept {
  auto& to = slots_[number];
  to.app.write(what.app);
  auto& topics = to.topics;
  auto count = to.count.load(std::memory_order_relaxed);
  for (const auto& each : what.topics) {
    const auto named = [&each](const shared_topic& known) {
      return known.name.read() == std::string_view(each.topic).substr(0, 95);
    };
    const auto end = topics.begin() + count;
    const auto found = std::find_if(topics.begin(), end, named);
    if (found == topics.end()) continue;
    found->write(each);
    if (found == end) to.count.store(++count, std::memory_order_release);
  }
}

process_figures figure_board::read(std::size_t number) const {
  const auto& from = slots_[number];
  process_figures made;
  made.app = from.app.read();
  const auto count = from.count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count; ++i) made.topics.push_back(from.topics[i].read());
  return made;
}

void figure_board::clear(std::size_t number) noexcept {
  auto& which = slots_[number];
  which.count.store(0, std::memory_order_relaxed);
  which.app.clear();
  for (auto& each : which.topics) each.name.clear();
}

}  // namespace sluice
