// The list of answers to one message, read by whoever sent it.
#pragma once

#include "app/lane_state.hpp"
#include "redis/connection.hpp"

#include "sluice/resp/value.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

/// Looks at the list where somebody waits for an answer, and only then: what nobody has asked for
/// stays where another process can find it.
///
/// It looks without taking (`LRANGE`), which arms a bell, and takes away what it has seen with the
/// next look, or at the end. So nothing is lost with a reply, and nothing is left in the server's
/// table of watched keys: each way to end changes the key once more.
class list_lane final : public std::enable_shared_from_this<list_lane>, private doorbell_listener {
 public:
  list_lane(std::shared_ptr<connection> link, std::shared_ptr<lane_state> whose);
  ~list_lane();

  /// Has the scripts ready on each link, so that what was read is taken away before whoever goes on
  /// with the conversation looks.
  static void prepare(connection& link);

  /// Somebody waits for an answer.
  void want();
  /// Looks although nothing rang.
  void check();
  void on_link_ready();
  /// Its holder lets go: what was seen and not read is given back.
  void close();

 private:
  void look();
  void on_seen(const resp::value& elements);
  void on_failed(const error& why);
  std::vector<std::string> what_was_seen() const;
  void give_back(const std::deque<answer>& unread);
  void silence();

  void on_ring() override;

  std::shared_ptr<connection> link_;
  std::weak_ptr<lane_state> lane_;
  std::string key_;
  std::vector<std::string> seen_;  // by the last look, and still in the list; the oldest last
  bool looking_ = false;
  bool dirty_ = true;   // there may be something new
  bool armed_ = false;  // the server will tell us
};

}  // namespace sluice
