#include "sluice/topic/topic_batch.hpp"

namespace sluice {

topic_batch& topic_batch::add(std::string topic, topic_message what) {
  items_.emplace_back(std::move(topic), std::move(what));
  return *this;
}

}  // namespace sluice
