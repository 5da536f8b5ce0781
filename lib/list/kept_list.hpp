// A list whose elements stay on the server until they are handled: at least once.
#pragma once

#include "list/list_isolation.hpp"
#include "list/list_place.hpp"
#include "list/message_list.hpp"
#include "redis/connection.hpp"
#include "redis/script_call.hpp"
#include "redis/step_numbers.hpp"

#include "sluice/redis/script.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice {

/// What is taken moves to a list of this process, and from there when it is handled. Processes that
/// have something in hand beat into a sorted set beside it; whoever beats puts back what the silent
/// hold. Others, who only pop and push, notice nothing.
class kept_list final : public message_list, private timed, private turn_work {
 public:
  /// What falls silent for so long, with beats every `rhythm`, counts as dead.
  static std::chrono::milliseconds silence(std::chrono::milliseconds rhythm) noexcept;

  /// Beats every `rhythm`. An element that `deaths` processes took to their graves, the last one
  /// with nothing beside it, is a dead letter; 0 for never. The isolation is shared by the lists of
  /// one taker.
  kept_list(std::shared_ptr<connection> link, list_place at,
            std::shared_ptr<list_isolation> isolation, std::chrono::milliseconds rhythm,
            std::int64_t deaths);
  ~kept_list() override;

  bool open() const override { return !isolation_->holds(link_->now()); }
  void take(std::size_t count, bool arm, taken_handler tell) override;
  void forget(const std::string& element, finished tell) override;
  void give_back(const std::vector<std::string>& elements, finished tell) override;
  void bury(const std::string& element, const element_death& cause, finished tell) override;
  void leave(finished tell) override;

 private:
  /// What is done once, however often it is sent.
  struct step {
    const script* how;
    std::uint64_t number;
    std::vector<std::string> keys, words{};
    std::size_t elements = 1;                 // that stand in this process's list until it is done
    std::optional<std::string> buried_for{};  // why, where events tell of it
    bool refused = false;                     // before, of which an event told
    finished tell{};
  };

  /// After how many deaths an element is taken by itself; 0 for never.
  std::int64_t suspect_from() const noexcept;
  void on_taken(const script_outcome& what, const taken& found);
  /// Whether the server counts deaths of this element, which is in hand no more.
  bool take_counted(const std::string& element);
  /// Whether something may be in this process's list that is to be put back when it dies.
  bool holds() const noexcept;
  void settled(std::size_t elements);
  /// Without what the step is about.
  step make_step(const script& how);
  void run(step what);
  void send_forgotten();
  void on_step(step what, const error* failure);
  void repeat_refused();
  std::string lifetime() const;
  void beat();
  void put_back(const std::vector<std::string>& silent);
  void on_time() override { beat(); }
  void on_turn_end() override { send_forgotten(); }

  std::shared_ptr<connection> link_;
  list_place at_;
  std::shared_ptr<list_isolation> isolation_;
  std::string members_, mine_, done_, counts_;
  step_numbers steps_;
  std::chrono::milliseconds rhythm_;
  std::int64_t deaths_;
  std::size_t in_hand_ = 0;
  std::multiset<std::string> counted_;  // of what is in hand: those that somebody died with
  std::optional<step> forgetting_;      // what is gathered in this turn
  std::vector<finished> forgotten_;
  std::size_t under_way_ = 0;  // steps
  std::vector<step> refused_;  // whose elements are in hand still
  bool unsure_ = false;        // whether more than what is in hand is in this process's list
  std::shared_ptr<void> life_ = std::make_shared<int>();
};

}  // namespace sluice
