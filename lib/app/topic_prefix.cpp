#include "app/topic_prefix.hpp"

#include <utility>

namespace sluice {

// Streamback's processes look for the bare text, and both have to mean the same key.
topic_prefix::topic_prefix(std::string text, carrier where)
    : with_dot_(text.empty() ? "" : text + '.'),
      test_(where == carrier::streams ? with_dot_ : std::move(text)) {}

std::string topic_prefix::full(std::string_view topic) const {
  return topic.starts_with(test_) ? std::string(topic) : with_dot_ + std::string(topic);
}

}  // namespace sluice
