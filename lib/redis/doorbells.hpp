// Who wants to know that a key has changed, and the server's pushes that say so.
#pragma once

#include "sluice/resp/value.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice {

/// Somebody who waits at a key.
class doorbell_listener {
 public:
  /// Nobody may join or leave the bells during the call.
  virtual void on_ring() = 0;

 protected:
  ~doorbell_listener() = default;
};

/// All doorbells of one connection, one a key. Pure.
///
/// A ring only says "look again": pushes also come for deletions, for the same key in another
/// database, and for all keys after a flush. And some changes ring no bell, so that whoever listens
/// here must also look by the clock.
class doorbells {
 public:
  void add(const std::string& key, doorbell_listener& who);
  void remove(const std::string& key, doorbell_listener& who) noexcept;
  /// Takes a push; returns how many listeners it rang for. Other kinds of push ring for nobody.
  std::size_t on_push(const resp::value& push);
  /// Rings for one key, for changes made by this very process.
  std::size_t ring(std::string_view key);
  std::size_t ring_all();

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  using listeners = std::vector<doorbell_listener*>;

  static std::size_t ring(const listeners& whom);

  std::unordered_map<std::string, listeners, text_hash, std::equal_to<>> bells_;
};

}  // namespace sluice
