// What goes wrong in a simulated run, and when: decided by the run's seed alone.
#pragma once

#include "dice.hpp"
#include "ledger.hpp"
#include "model_server.hpp"
#include "simulated_wire.hpp"
#include "timeline.hpp"

#include <chrono>
#include <deque>
#include <string>
#include <vector>

namespace sluice::simulation {

/// Which kinds of failure a run has. A run with all of them at once never gets far; each seed takes
/// its own choice ("swarm testing", Groce et al., ISSTA 2012).
struct climate {
  explicit climate(dice chance);

  bool latency, slices, narrow_windows, breaks, refusals, unanswered, silence, stragglers;
  bool moods, stalls, restarts, lost_pushes;
  bool flushes, lost_groups, deletions, wrong_types;
  bool clock_steps, script_flushes, crashes, freezes, foreigners;

  std::string to_string() const;
};

/// The network and the server's surroundings, until they heal.
class weather final : public network {
 public:
  weather(timeline& time, model_server& server, ledger& books, const climate& kinds, dice chance,
          std::vector<std::string> streams, std::string group);

  /// Begins to send troubles to the server.
  void begin();
  /// No new failures; what is broken already stays so until somebody finds out. The server's clock
  /// is set for good, and shows no time that it has shown before.
  void heal();

  /// The most attempts to connect that were seen within ten seconds.
  std::size_t busiest_ten_seconds() const noexcept { return busiest_; }

 private:
  link_fate next_fate() override;
  link_fate::arrival welcome();
  void choose_ending(link_fate& fate);
  void choose_pace(link_fate& fate);
  void count_attempt();
  void schedule_trouble();
  void trouble();
  void change_mood();
  void harm_data();
  void set_clock();
  void step_clock(std::chrono::milliseconds by);

  timeline& time_;
  model_server& server_;
  ledger& books_;
  climate kinds_;
  dice chance_;
  std::vector<std::string> streams_;
  std::string group_;
  bool healed_ = false;
  std::chrono::system_clock::time_point latest_{};  // that the wall clock has shown
  std::deque<timeline::time_point> attempts_;
  std::size_t busiest_ = 0;
};

}  // namespace sluice::simulation
