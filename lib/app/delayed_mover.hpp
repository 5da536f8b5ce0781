// Sends messages when they are due.
#pragma once

#include "app/delayed_store.hpp"
#include "app/main_stream.hpp"
#include "redis/connection.hpp"

#include <memory>
#include <string_view>

namespace sluice {

/// Every running app watches the set of delayed messages: its key is a doorbell, and a timer rings
/// when the next one is due. Whoever is first sends it, and by the same script nobody else does.
class delayed_mover final : public std::enable_shared_from_this<delayed_mover>,
                            private doorbell_listener,
                            private link_observer,
                            private timed {
 public:
  delayed_mover(std::shared_ptr<connection> link, std::shared_ptr<delayed_store> store,
                std::shared_ptr<main_stream> main);
  ~delayed_mover();

  void start();
  void stop() noexcept;

 private:
  void look();
  void on_seen(const resp::value& first, const error* failure);
  void send_due();
  void on_sent(const script_outcome& what);
  void hand_on(const resp::value& taken);
  void on_failure(std::string_view what, const error& why);
  void tell(std::string_view what, const error& why);

  void on_ring() override;
  void on_link_ready() override;
  void on_time() override { look(); }

  std::shared_ptr<connection> link_;
  std::shared_ptr<delayed_store> store_;
  std::shared_ptr<main_stream> main_;
  double server_now_ = 0;
  bool runs_ = false;
  bool asking_ = false;  // one question at a time
  bool dirty_ = false;   // it changed meanwhile
  bool told_ = false;
};

}  // namespace sluice
