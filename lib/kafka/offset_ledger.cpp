#include "kafka/offset_ledger.hpp"

#include <algorithm>

namespace sluice::kafka {

void offset_ledger::hand_out(std::int64_t offset) {
  if (open_.empty()) next_ = offset;
  open_.push_back({offset, false});
}

void offset_ledger::settle(std::int64_t offset) {
  const auto found =
      std::lower_bound(open_.begin(), open_.end(), offset,
                       [](const line& each, std::int64_t value) { return each.offset < value; });
  if (found == open_.end() || found->offset != offset) return;
  found->settled = true;
  while (!open_.empty() && open_.front().settled) {
    next_ = open_.front().offset + 1;
    open_.pop_front();
  }
  if (!open_.empty()) next_ = open_.front().offset;
}

}  // namespace sluice::kafka
