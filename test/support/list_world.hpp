// What tests of services on lists begin with, and peers that speak as streamback's processes do.
#pragma once

#include "support/stream_world.hpp"

#include <sluice/app/app.hpp>

#include <boost/json.hpp>

#include <string>
#include <vector>

namespace scene {

namespace json = boost::json;

inline constexpr auto peer_list = "streamback_feedback_0b6b4b6e-8a4e-4d5c-9a53-0f6f2f1f3c11";

struct list_world : stream_world {
  using stream_world::stream_world;

  sluice::app_options lists() { return sluice::app_options().main(sluice::carrier::lists); }
  sluice::app on_lists(const std::string& name) { return {redis, name, lists()}; }

  /// What streamback's sender does.
  void peer_sends(const std::string& topic, const std::string& value) {
    push(topic, R"({"value": )" + value + R"(, "event": "message", "feedback_topic": ")" +
                    peer_list + R"(", "source_group": "py"})");
  }
  void push(const std::string& list, const std::string& element) {
    server.command({"LPUSH", list, element});
    server.command({"EXPIRE", list, "300"});
  }
  /// What streamback's reader does, once there is something.
  json::value peer_pops(const std::string& list) {
    for (int i = 0; i < 400; ++i) {
      const auto text = server.command({"RPOP", list});
      if (!text.empty()) return json::parse(text);
      io.restart();
      io.run_for(5ms);
    }
    FAIL("nothing came into " << list);
    return nullptr;
  }
  long length(const std::string& list) { return std::stol(server.command({"LLEN", list})); }
  /// How many keys the server watches for anybody.
  long watched_keys() {
    const auto info = server.command({"INFO", "stats"});
    const std::string head = "tracking_total_keys:";
    return std::stol(info.substr(info.find(head) + head.size()));
  }
  std::vector<std::string> keys() {
    std::vector<std::string> found;
    std::istringstream lines(server.command({"KEYS", "*"}));
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty()) found.push_back(line);
    }
    return found;
  }
};

}  // namespace scene
