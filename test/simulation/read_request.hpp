// What an XREAD or XREADGROUP asks for.
#pragma once

#include "command_words.hpp"
#include "model_server.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace sluice::simulation {

struct model_server::read_request {
  std::string group, consumer, key, id;
  std::size_t count = 0;
  std::optional<std::chrono::milliseconds> block;
  bool no_ack = false;

  explicit read_request(const words& command) {
    for (std::size_t i = 1; i < command.size(); ++i) {
      if (command[i] == "GROUP") {
        group = command[i + 1];
        consumer = command[i + 2];
        i += 2;
      } else if (command[i] == "COUNT") {
        count = static_cast<std::size_t>(number_of(command[++i]));
      } else if (command[i] == "BLOCK") {
        block = std::chrono::milliseconds(number_of(command[++i]));
      } else if (command[i] == "NOACK") {
        no_ack = true;
      } else if (command[i] == "STREAMS") {
        key = command[i + 1];
        id = command[i + 2];
        return;
      }
    }
  }
};

}  // namespace sluice::simulation
