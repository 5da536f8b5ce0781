// Several sources as one, element by element.
#pragma once

#include "sluice/flow/junction.hpp"
#include "sluice/flow/linked.hpp"
#include "sluice/flow/signal.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <cstddef>
#include <deque>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::flow {

/// The first of each, the second of each, …
///
/// Thread rule: stateless.
struct zip_kind {
  template <class... Ts>
  using element = std::tuple<Ts...>;

  /// Elements wait in a line a source.
  ///
  /// Thread rule: used on the executor of its pipeline.
  template <class Next, class... Ts>
  class joint : public linked<Next> {
   public:
    /// In front of `next`.
    template <class MakeNext>
    joint(runtime& where, MakeNext& next)
        : linked<Next>(next), runtime_(where), report_(where.report("zip")), left_(where) {}

    /// Passes on what is complete with it.
    template <std::size_t place, class In>
    void push(item<In>&& what) {
      ++report_.taken;
      std::get<place>(lines_).push_back(std::move(what));
      if (!complete() || finished_) return;
      pass_on(std::index_sequence_for<Ts...>());
      left_.notify_all();
      end_when_nothing_can_come();
    }
    /// When it is far ahead of the others, or what follows is full. Never once it has ended: stages
    /// on the way here could not end where what they still hold had to wait.
    template <std::size_t place>
    bool full() const noexcept {
      return !finished_ && (std::get<place>(lines_).size() >= longest || linked<Next>::full());
    }
    /// Until something has left.
    ///
    /// Errors: none. Cancellation: ends the wait. Cost: none.
    boost::asio::awaitable<void> room() {
      if (linked<Next>::full()) return linked<Next>::room();
      return left_.wait();
    }
    /// Nothing is complete any more once its line is empty.
    template <std::size_t place>
    void finish() {
      ended_[place] = true;
      end_when_nothing_can_come();
    }

   private:
    static constexpr std::size_t longest = 16;

    bool complete() const {
      return std::apply([](const auto&... line) { return (!line.empty() && ...); }, lines_);
    }
    template <std::size_t... places>
    void pass_on(std::index_sequence<places...>) {
      std::vector<receipt> from;
      (from.push_back(std::move(std::get<places>(lines_).front().from)), ...);
      this->next().push(item<std::tuple<Ts...>>{
          std::tuple<Ts...>(std::move(std::get<places>(lines_).front().value)...),
          receipt::of_all(std::move(from))});
      (std::get<places>(lines_).pop_front(), ...);
    }
    // What the others still have is handed back.
    void end_when_nothing_can_come() {
      if (finished_ || !one_is_spent(std::index_sequence_for<Ts...>())) return;
      finished_ = true;
      runtime_.stop();
      left_.notify_all();
      linked<Next>::finish();
    }
    template <std::size_t... places>
    bool one_is_spent(std::index_sequence<places...>) const {
      return ((ended_[places] && std::get<places>(lines_).empty()) || ...);
    }

    runtime& runtime_;
    stage_report& report_;
    std::tuple<std::deque<item<Ts>>...> lines_;
    std::array<bool, sizeof...(Ts)> ended_{};
    bool finished_ = false;
    signal left_;
  };
};

/// One element of each source at a time, as a tuple. None gets further ahead of the others than 16
/// elements. It ends with the first source that does; what the others have given is handed back.
///
/// Its end stops the run, as `pipeline::stop` does: sources that stand beside it in a `merge` or a
/// `combine_latest` are stopped with its own, and what is on its way has `drain_within` to get to
/// the end.
template <source... Sources>
junction<zip_kind, Sources...> zip(Sources... all) {
  return junction<zip_kind, Sources...>(std::move(all)...);
}

}  // namespace sluice::flow
