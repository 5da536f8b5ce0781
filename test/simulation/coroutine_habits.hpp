// Small things that all coroutines of simulated programs do.
#pragma once

#include "dice.hpp"

#include "sluice/stream/waiting.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <iterator>

namespace sluice::simulation {

// A cancellation stays with a coroutine until it is cleared, and would end the next wait as well.
inline auto clear_cancellation() {
  namespace asio = boost::asio;
  return asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}

inline waiting some_waiting(dice& chance) {
  switch (chance.below(4)) {
    case 0:
      return waiting::for_ever();
    case 1:
      return waiting::none();
    default:
      return waiting::up_to(std::chrono::milliseconds(chance.between(1, 6'000)));
  }
}

inline wake some_wake(dice& chance) {
  static constexpr wake all[] = {wake::automatic, wake::doorbell, wake::block, wake::poll};
  return chance.percent(60) ? wake::automatic : all[chance.below(std::size(all))];
}

}  // namespace sluice::simulation
