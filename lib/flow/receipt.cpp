#include "sluice/flow/receipt.hpp"

#include <algorithm>

namespace sluice::flow {

/// What is made of several elements, such as a batch.
class joint_origin final : public origin {
 public:
  joint_origin(std::vector<receipt> parts, bool whole) : parts_(std::move(parts)), whole_(whole) {}

  // What nobody asks after is nobody else's.
  bool lost() const noexcept override {
    return whole_ && std::ranges::all_of(parts_, [](const receipt& each) { return each.lost(); });
  }
  bool whole() const noexcept override {
    return whole_ && std::ranges::all_of(parts_, [](const receipt& each) { return each.whole(); });
  }

 private:
  void on_done() noexcept override { delete this; }
  void on_failed(const std::exception_ptr& why, const verdict& what) noexcept override {
    for (auto& each : parts_) each.fail(why, what);
    delete this;
  }
  void name_all(std::vector<origin*>& into) override {
    for (const auto& each : parts_) {
      if (each.origin_ != nullptr) each.origin_->name_all(into);
    }
  }

  std::vector<receipt> parts_;
  bool whole_;  // no part was nobody's
};

receipt receipt::of_all(std::vector<receipt> parts) {
  const bool whole = std::erase_if(parts, [](const receipt& each) { return !each; }) == 0;
  if (parts.empty()) return {};
  if (whole && parts.size() == 1) return std::move(parts.front());
  return receipt(*new joint_origin(std::move(parts), whole));
}

void receipt::fail(std::exception_ptr why, verdict what) {
  if (origin_ == nullptr || origin_->failure_) return;
  origin_->failure_ = std::make_unique<origin::mishap>(std::move(why), std::move(what));
}

std::vector<origin*> receipt::origins() const {
  std::vector<origin*> all;
  if (origin_ != nullptr) origin_->name_all(all);
  return all;
}

void receipt::settle() noexcept {
  const auto failure = std::move(origin_->failure_);
  if (failure) {
    origin_->on_failed(failure->why, failure->what);
  } else {
    origin_->on_done();
  }
}

}  // namespace sluice::flow
