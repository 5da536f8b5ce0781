// How the sender of messages hears their answers.
#pragma once

#include "app/envelope.hpp"
#include "app/lane_state.hpp"

#include <memory>
#include <string>

namespace sluice {

/// One of two ways that an app can be given; hence a base class.
class answer_source {
 public:
  virtual ~answer_source() = default;
  /// What a conversation is called whose id contains this UUID.
  virtual std::string id_of(const std::string& uuid) const = 0;
  /// Answers to the conversation are heard from now on; `what` says where they go.
  virtual void open(const std::shared_ptr<lane_state>& which, envelope& what) = 0;
  /// Its holder let go of it.
  virtual void close(const lane_state& which) noexcept = 0;
};

}  // namespace sluice
