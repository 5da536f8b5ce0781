#include "redis/backoff.hpp"

#include <algorithm>

namespace sluice {

clock::duration backoff::next(std::uint64_t random) noexcept {
  // Past 30 doublings every sensible `first` has reached `longest`; stopping there keeps the
  // multiplication from overflowing.
  const auto doublings = std::min<std::uint32_t>(failures_, 30);
  if (failures_ < 1'000'000) ++failures_;
  const auto room = longest_.count() >> doublings;
  const auto ceiling = first_.count() > room ? longest_ : first_ * (std::int64_t{1} << doublings);
  const auto span = static_cast<std::uint64_t>(std::max<std::int64_t>(ceiling.count(), 0)) + 1;
  return clock::duration(static_cast<clock::duration::rep>(random % span));
}

}  // namespace sluice
