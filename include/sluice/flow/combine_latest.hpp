// Several sources as one, by the latest element of each.
#pragma once

#include "sluice/flow/junction.hpp"
#include "sluice/flow/linked.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::flow {

/// The latest of each.
///
/// Thread rule: stateless.
struct latest_kind {
  template <class... Ts>
  using element = std::tuple<Ts...>;

  /// Keeps the latest element of each source.
  ///
  /// Thread rule: used on the executor of its pipeline.
  template <class Next, class... Ts>
  class joint : public linked<Next> {
   public:
    /// In front of `next`.
    template <class MakeNext>
    joint(runtime& where, MakeNext& next)
        : linked<Next>(next), report_(where.report("combine_latest")) {}

    /// Passes on a combination with it, once there is something of each.
    template <std::size_t place, class In>
    void push(item<In>&& what) {
      ++report_.taken;
      std::get<place>(latest_) = std::move(what.value);
      new_[place] = std::move(what.from);
      std::apply(
          [this](const auto&... each) {
            if ((!each.has_value() || ...)) return;
            this->next().push(item<std::tuple<Ts...>>{std::tuple<Ts...>(*each...), of_the_new()});
          },
          latest_);
    }
    /// When what follows is.
    template <std::size_t place>
    bool full() const noexcept {
      return linked<Next>::full();
    }
    /// What follows ends with the last of them.
    template <std::size_t place>
    void finish() {
      if (--open_ == 0) linked<Next>::finish();
    }

   private:
    receipt of_the_new() {
      std::vector<receipt> parts;
      // What a combination has had is settled there, and so is what nobody asks after.
      for (auto& each : new_) {
        if (each) parts.push_back(std::move(each));
      }
      return receipt::of_all(std::move(parts));
    }

    stage_report& report_;
    std::tuple<std::optional<Ts>...> latest_;
    std::array<receipt, sizeof...(Ts)> new_;  // of what no combination has had yet
    std::size_t open_ = sizeof...(Ts);
  };
};

/// A tuple of the latest element of each source, with each one that comes, once there is one of
/// each. An element is done with when the first combination that has it is, or when a later one
/// comes before it had any. It ends with the last source.
template <source... Sources>
junction<latest_kind, Sources...> combine_latest(Sources... all) {
  return junction<latest_kind, Sources...>(std::move(all)...);
}

}  // namespace sluice::flow
