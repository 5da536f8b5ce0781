// What travels through topics: an id that names the message for ever, and data.
#pragma once

#include "sluice/core/uuid.hpp"

#include <boost/json/fwd.hpp>

#include <memory>

namespace sluice {

/// A message: its id, by which it is worked on once however often it is sent, and JSON data.
/// Integers of 64 bits stay what they are; greater ones are read as `double`.
///
/// Include `<boost/json.hpp>`, or `sluice/topic/described.hpp` for data of one's own types.
///
/// Thread rule: a value; copies share the data, which nobody changes.
class topic_message {
 public:
  /// A message of that id.
  topic_message(uuid id, boost::json::value data);

  /// What tells it from all others.
  const uuid& id() const noexcept { return id_; }
  /// What it says.
  const boost::json::value& data() const noexcept { return *data_; }

 private:
  uuid id_;
  std::shared_ptr<const boost::json::value> data_;
};

}  // namespace sluice
