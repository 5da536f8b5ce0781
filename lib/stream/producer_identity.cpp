#include "stream/producer_identity.hpp"

#include "sluice/core/error.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_name = 128;
constexpr auto shortest_memory = 1s;
constexpr auto longest_memory = std::chrono::hours(24 * 366);

// An addition without a key of its own is repeated until its deadline, which is far below a day.
constexpr std::chrono::milliseconds series_memory = 24h;
constexpr auto renew_after = series_memory / 4;
// How often the server is told what to forget, and how much at a time: twice what comes meanwhile.
constexpr std::uint64_t forget_every = 64;
constexpr std::uint64_t forget_at_once = 128;

std::string hexadecimal(std::uint64_t number) {
  std::string digits(16, '0');
  char text[16];
  const auto end = std::to_chars(text, text + sizeof(text), number, 16).ptr;
  std::copy_backward(text, end, digits.end());
  return digits;
}

[[noreturn]] void refuse_identity(const char* why) { throw error(errc::invalid_argument, why); }

}  // namespace

once_mark addition_series::next(std::string_view record, clock::time_point now) {
  done_.push_back(false);
  once_mark mark{.record = std::string(record),
                 .field = std::to_string(last()),
                 .memory = series_memory,
                 .forget_from = {},
                 .forget_count = 0};
  if (last() % forget_every == 0 || now - renewed_ >= renew_after) {
    renewed_ = now;
    mark.forget_from = std::to_string(forgotten_);
    mark.forget_count = std::min(oldest_ - forgotten_, forget_at_once);
    forgotten_ += mark.forget_count;
  }
  return mark;
}

void addition_series::finished(std::uint64_t sequence) noexcept {
  done_[static_cast<std::size_t>(sequence - oldest_)] = true;
  while (!done_.empty() && done_.front()) {
    done_.pop_front();
    ++oldest_;
  }
}

addition_in_series& addition_in_series::operator=(addition_in_series&& other) noexcept {
  std::swap(series_, other.series_);
  std::swap(sequence_, other.sequence_);
  return *this;
}

addition_in_series::~addition_in_series() {
  if (series_) series_->finished(sequence_);
}

producer_identity::producer_identity(std::string_view name, std::chrono::milliseconds memory,
                                     std::uint64_t incarnation)
    : name_(name), incarnation_(hexadecimal(incarnation)), memory_(memory) {
  if (name.empty() || name.size() > longest_name) {
    refuse_identity("a producer's name has 1 to 128 bytes");
  }
  if (name.find_first_of(":#{}") != std::string_view::npos) {
    refuse_identity("a producer's name has none of : # { }, which divide the names of keys");
  }
  if (memory < shortest_memory || memory > longest_memory) {
    refuse_identity("a producer remembers its keys for 1 second to 366 days");
  }
}

once_mark producer_identity::mark(std::string_view stream, clock::time_point now,
                                  addition_in_series& in_series) {
  auto found = series_.find(stream);
  if (found == series_.end()) {
    found = series_.emplace(stream, std::make_shared<addition_series>()).first;
  }
  std::string record(stream);
  record.append(":once:").append(name_).append("#").append(incarnation_);
  auto mark = found->second->next(record, now);
  in_series = addition_in_series(found->second, found->second->last());
  return mark;
}

once_mark producer_identity::mark(std::string_view stream, std::string_view key) const {
  std::string record(stream);
  record.append(":once:").append(name_).append(":").append(key);
  return {.record = std::move(record),
          .field = {},
          .memory = memory_,
          .forget_from = {},
          .forget_count = 0};
}

}  // namespace sluice
