// Which processes of a crew are to be started, asked to end, or killed, and when.
#pragma once

#include "process/restart_pause.hpp"

#include "sluice/core/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice {

/// What a crew is like.
struct crew_rules {
  std::size_t processes = 1;
  clock::duration first_pause{}, longest_pause{};
  clock::duration drain{};
  std::optional<clock::duration> age;   // none: for ever
  std::optional<std::uint64_t> memory;  // none: as much as there is
};

/// Processes are replaced one after the other, so that the others go on working meanwhile. Pure.
class crew_plan {
 public:
  enum class deed { start, ask_to_end, kill, abandon };
  struct order {
    deed what;
    std::size_t number;
    std::string_view why;
  };

  explicit crew_plan(const crew_rules& rules);

  // What has happened.
  void on_started(std::size_t number, std::int64_t process, clock::time_point now);
  /// How long until it is tried again.
  clock::duration on_not_started(std::size_t number, clock::time_point now);
  /// How long until another is started in its place.
  clock::duration on_ended(std::size_t number, clock::time_point now);
  void on_memory(std::size_t number, std::uint64_t bytes);
  /// All are to be replaced.
  void replace_all();
  /// All are to end; when said again, at once.
  void stop(clock::time_point now);

  /// What is to be done now. To start and to abandon is said again until the plan hears of it.
  std::vector<order> due(clock::time_point now);
  /// When to ask again, if nothing happens before.
  clock::time_point next() const;
  bool stopping() const noexcept { return stopping_; }
  /// Stopped, and nobody is left.
  bool over() const;

  // About one of them.
  std::size_t size() const noexcept { return places_.size(); }
  /// Its process; 0 where there is none.
  std::int64_t process(std::size_t number) const { return places_[number].process; }
  /// When it began.
  clock::time_point since(std::size_t number) const { return places_[number].since; }
  /// Whether it was told to end.
  bool ending(std::size_t number) const;
  /// How often it was replaced.
  std::uint64_t restarts(std::size_t number) const;

 private:
  enum class phase { vacant, running, ending, killed };
  struct place {
    explicit place(const crew_rules& rules) : pause(rules.first_pause, rules.longest_pause) {}

    phase is = phase::vacant;
    std::int64_t process = 0;
    std::uint64_t starts = 0;
    clock::time_point since = clock::time_point::min();  // of a vacant one: when to fill it
    clock::time_point limit{};                           // of one that ends, or was killed
    bool heavy = false;
    bool outdated = false;
    bool planned = false;  // it ends for no fault of its own
    restart_pause pause;
  };

  clock::time_point end_of_life(const place& which) const;
  std::string_view reason_to_replace(const place& which, clock::time_point now) const;
  bool replacing() const;
  void decide(std::size_t number, clock::time_point now, std::vector<order>& orders);
  void vacate(place& which, clock::duration pause, clock::time_point now);

  crew_rules rules_;
  std::vector<place> places_;
  bool stopping_ = false;
  clock::time_point stop_limit_{};
};

}  // namespace sluice
