// What topics are called on the server.
#pragma once

#include "sluice/app/carrier.hpp"

#include <string>
#include <string_view>

namespace sluice {

/// Puts a prefix and a dot before topics that have none.
class topic_prefix {
 public:
  topic_prefix(std::string text, carrier where);

  std::string full(std::string_view topic) const;

 private:
  std::string with_dot_;
  std::string test_;  // what begins with it has the prefix
};

}  // namespace sluice
