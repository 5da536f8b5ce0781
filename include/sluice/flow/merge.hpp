// Several sources as one, whichever has something.
#pragma once

#include "sluice/flow/junction.hpp"
#include "sluice/flow/linked.hpp"

#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace sluice::flow {

/// Elements go on as they come.
///
/// Thread rule: stateless.
struct merge_kind {
  /// The type that all sources share.
  template <class First, class... Rest>
  struct shared {
    static_assert((std::same_as<First, Rest> && ...),
                  "flow::merge: its sources give elements of different types");
    using type = First;
  };
  template <class... Ts>
  using element = typename shared<Ts...>::type;

  /// Counts who has ended.
  ///
  /// Thread rule: used on the executor of its pipeline.
  template <class Next, class... Ts>
  class joint : public linked<Next> {
   public:
    /// In front of `next`.
    template <class MakeNext>
    joint(runtime&, MakeNext& next) : linked<Next>(next) {}

    /// Passes it on.
    template <std::size_t place, class In>
    void push(item<In>&& what) {
      this->next().push(std::move(what));
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
    std::size_t open_ = sizeof...(Ts);
  };
};

/// The union of several sources, which may have stages behind them. Each keeps its own order. It
/// ends with the last of them.
template <source... Sources>
junction<merge_kind, Sources...> merge(Sources... all) {
  return junction<merge_kind, Sources...>(std::move(all)...);
}

}  // namespace sluice::flow
