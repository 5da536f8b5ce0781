#include "topic/topic_keys.hpp"

#include <utility>

namespace sluice {

topic_keys::topic_keys(std::string prefix, std::string group, std::string consumer)
    : prefix_(std::move(prefix)), group_(std::move(group)), consumer_(std::move(consumer)) {}

std::string topic_keys::stream(std::string_view prefix, std::string_view topic) {
  return std::string(prefix).append("stream:").append(topic);
}

std::string_view topic_keys::topic(std::string_view stream) const {
  return stream.substr(prefix_.size() + std::string_view("stream:").size());
}

std::string topic_keys::seen(std::string_view topic, const uuid& id) const {
  return (prefix_ + "seen:").append(topic) + ':' + group_ + ':' + id.to_string();
}

std::string topic_keys::checkpoint(std::string_view topic) const {
  return prefix_ + "checkpoint:" + stream(topic) + ":cg:" + group_ + ':' + consumer_;
}

std::string topic_keys::once() const { return prefix_ + "once:" + group_; }

std::string topic_keys::settles(std::string_view incarnation) const {
  return (prefix_ + "settles:" + group_ + ':' + consumer_ + ':').append(incarnation);
}

}  // namespace sluice
