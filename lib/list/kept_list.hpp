// A list whose elements stay on the server until they are handled: at least once.
#pragma once

#include "list/list_place.hpp"
#include "list/message_list.hpp"
#include "redis/connection.hpp"
#include "redis/step_numbers.hpp"

#include "sluice/redis/script.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

/// What is taken moves to a list of this process, and from there when it is handled. Processes that
/// have something in hand beat into a sorted set beside it; whoever beats puts back what the silent
/// hold. Others, who only pop and push, notice nothing.
class kept_list final : public message_list, private timed {
 public:
  /// Beats every `rhythm`. What `deaths` processes took to their graves is a dead letter; 0 for
  /// never.
  kept_list(std::shared_ptr<connection> link, list_place at, std::chrono::milliseconds rhythm,
            std::int64_t deaths);
  ~kept_list() override;

  void take(std::size_t count, bool arm, taken_handler tell) override;
  void forget(const std::string& element, finished tell) override;
  void give_back(const std::vector<std::string>& elements, finished tell) override;
  void bury(const std::string& element, const element_death& cause, finished tell) override;
  void leave(finished tell) override;

 private:
  /// Does it once, however often it is sent.
  void run_once(const script& what, std::vector<std::string> keys,
                const std::vector<std::string>& words, finished tell);
  std::vector<std::string> step_of(std::uint64_t number);
  std::string lifetime() const;
  void beat();
  void put_back(const std::vector<std::string>& silent);
  void on_time() override { beat(); }

  std::shared_ptr<connection> link_;
  list_place at_;
  std::string members_, mine_, done_;
  step_numbers steps_;
  std::chrono::milliseconds rhythm_;
  std::int64_t deaths_;
  std::size_t in_hand_ = 0;
  std::size_t under_way_ = 0;  // steps
  bool unsure_ = false;        // whether more than that is in this process's list
  std::shared_ptr<void> life_ = std::make_shared<int>();
};

}  // namespace sluice
