// The outlet of an app, for everybody in it who sends.
#pragma once

#include "kafka/outlet.hpp"

#include <memory>
#include <utility>

namespace sluice::kafka {

/// Opened when something is sent, and once more when librdkafka has given up on the one before.
/// Whoever is still on its way when this ends travels on.
class outlets final {
 public:
  outlets(std::shared_ptr<connection> link, std::shared_ptr<const settings> how)
      : link_(std::move(link)), how_(std::move(how)) {}
  outlets(const outlets&) = delete;
  outlets& operator=(const outlets&) = delete;
  ~outlets() { retire(); }

  const settings& how() const noexcept { return *how_; }
  outlet& get() {
    if (now_ && now_->broken()) retire();
    if (!now_) now_ = outlet::open(link_, *how_);
    return *now_;
  }

 private:
  void retire() {
    if (const auto last = std::exchange(now_, nullptr)) last->retire();
  }

  std::shared_ptr<connection> link_;
  std::shared_ptr<const settings> how_;
  std::shared_ptr<outlet> now_;
};

}  // namespace sluice::kafka
