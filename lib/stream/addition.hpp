// What one call of a producer sends: commands that add, as one unit.
#pragma once

#include "redis/wire_request.hpp"
#include "stream/producer_identity.hpp"

#include "sluice/stream/producer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Made when the producer is called; moved into the coroutine that sends it. Behind each command
/// stands the one that makes it durable, if any.
class addition {
 public:
  /// An XADD for each entry.
  static addition plain(std::string_view stream, std::span<const fields> what,
                        const add_options& how, std::string_view durable);
  /// At most once: calls of the script, each for as many entries as do not hold up the server.
  static addition once(std::string_view stream, std::span<const fields> what,
                       const add_options& how, std::string_view durable,
                       producer_identity& producer, clock::time_point now);

  const std::string& frames() const noexcept { return frames_; }
  /// The same for a server that has forgotten the script, with one reply more in front.
  std::string frames_with_script() const;
  /// How many commands add.
  std::size_t commands() const noexcept { return commands_; }
  /// How many replies each of them has, with that of the durability.
  std::uint32_t replies_each() const noexcept { return replies_each_; }
  std::uint32_t replies() const noexcept {
    return static_cast<std::uint32_t>(commands_) * replies_each_;
  }
  risk when_cut() const noexcept { return when_cut_; }
  bool needs_script() const noexcept { return when_cut_ == risk::repeatable; }

 private:
  addition(std::string_view durable, risk when_cut)
      : replies_each_(durable.empty() ? 1 : 2), when_cut_(when_cut) {}
  void add(std::string command, std::string_view durable);

  std::string frames_;
  std::size_t commands_ = 0;
  std::uint32_t replies_each_;
  risk when_cut_;
  std::vector<addition_in_series> under_way_;
};

}  // namespace sluice
