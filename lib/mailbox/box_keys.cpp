#include "mailbox/box_keys.hpp"

namespace sluice {

std::string box_keys::pattern() const {
  std::string made;
  for (const auto each : prefix_) {
    if (std::string_view("*?[]\\").find(each) != std::string_view::npos) made += '\\';
    made += each;
  }
  return made + "*:channel#*";
}

std::string_view box_keys::channel_of(std::string_view key) const {
  for (const auto& head : {all_messages(), all_ids(), all_clients()}) {
    if (key.starts_with(head)) return key.substr(head.size());
  }
  return {};
}

void box_keys::append(std::vector<std::string>& keys, std::string_view channel) const {
  keys.push_back(messages(channel));
  keys.push_back(ids(channel));
  keys.push_back(clients(channel));
  keys.push_back(lock(channel));
}

}  // namespace sluice
