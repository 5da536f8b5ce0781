#include "group/departures.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace sluice {
namespace {

class all_departures final : public attachment {
 public:
  std::map<std::string, std::weak_ptr<departures>> by_member;
};

}  // namespace

std::shared_ptr<departures> departures::shared(connection& link, const group_place& at,
                                               const std::string& member) {
  auto& all = link.attached<all_departures>().by_member;
  std::erase_if(all, [](const auto& each) { return each.second.expired(); });
  auto& known = all[at.robbed_key(member)];
  auto made = known.lock();
  if (!made) known = made = std::make_shared<departures>();
  return made;
}

void departures::end(const std::string& id) noexcept {
  const auto found = leaving_.find(id);
  if (found != leaving_.end()) leaving_.erase(found);
}

void departures::add(const std::shared_ptr<ack_batch>& batch) {
  std::erase_if(batches_, [](const auto& each) {
    const auto known = each.lock();
    return !known || known->settled();
  });
  batches_.push_back(batch);
}

bool departures::contains(std::string_view id) const {
  if (leaving_.contains(id)) return true;
  return std::any_of(batches_.begin(), batches_.end(), [id](const auto& each) {
    const auto batch = each.lock();
    return batch && !batch->settled() && batch->contains(id);
  });
}

}  // namespace sluice
