// A list of messages on the server, and the steps between taking one and being done with it.
#pragma once

#include "list/list_burial.hpp"

#include "sluice/core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// One of two ways that users can choose; hence a base class. Nothing here waits.
class message_list {
 public:
  struct taken {
    std::vector<std::string> elements;  // the oldest first
    std::optional<std::int64_t> left;   // how many remain, where that was asked
    bool cut_short = false;             // there is more, but not to be taken together
    const error* failure = nullptr;
  };
  using taken_handler = std::function<void(taken)>;
  /// Told once, whatever came of it; with what the server refused, or null.
  using finished = std::function<void(const error* failure)>;

  virtual ~message_list() = default;
  /// Whether anything may be taken now.
  virtual bool open() const { return true; }
  /// Takes as many as there are, up to `count`; `arm` to be rung when more come.
  virtual void take(std::size_t count, bool arm, taken_handler tell) = 0;
  /// It was handled.
  virtual void forget(const std::string& element, finished tell) = 0;
  /// They were not begun, or are to be tried again; the oldest first.
  virtual void give_back(const std::vector<std::string>& elements, finished tell) = 0;
  /// It is no message, or failed for good: it goes to the dead letters, which is told by an event.
  virtual void bury(const std::string& element, const element_death& cause, finished tell) = 0;
  /// Nothing is taken any more, and nothing is in hand.
  virtual void leave(finished tell) = 0;
};

}  // namespace sluice
