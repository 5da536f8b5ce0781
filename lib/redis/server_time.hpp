// What time it is at the server: the one clock that all processes can agree on.
#pragma once

#include "redis/connection.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace sluice {

/// Asked for on every link and now and then; in between the steady clock goes on. Until the first
/// answer the system's own clock stands in.
class server_time final : public attachment, private link_observer, private timed {
 public:
  static server_time& of(connection& link);
  ~server_time() override;

  /// Since 1970.
  std::chrono::milliseconds now() const;

 private:
  void begin(connection& link);
  void ask();
  void on_link_ready() override { ask(); }
  void on_time() override { ask(); }

  connection* link_ = nullptr;
  std::optional<std::chrono::milliseconds> ahead_;  // of the steady clock
  std::shared_ptr<void> life_ = std::make_shared<int>();
};

}  // namespace sluice
