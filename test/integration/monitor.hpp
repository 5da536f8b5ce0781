// What the server is sent, command by command.
#pragma once

#include "integration/testing_raw_client.hpp"
#include "support/catch.hpp"

#include <sluice/testing/private_server.hpp>

#include <chrono>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

/// The commands that others send, as `"SET" "key" "value"` a line; scripts' ones included.
class monitor {
 public:
  explicit monitor(const sluice::testing::private_server& server) : link_(server.socket_path()) {
    link_.send("*1\r\n$7\r\nMONITOR\r\n");
    CHECK(link_.receive(5) == "+OK\r\n");
  }

  /// What has been sent so far of commands that begin with one of these words.
  std::vector<std::string> commands(const std::string& words) {
    const std::regex wanted("^\\+[0-9.]+ \\[[^\\]]*\\] (\"(" + words + ")\".*)\r$");
    std::istringstream lines(link_.receive(std::size_t{1} << 20U, std::chrono::milliseconds(300)));
    std::vector<std::string> found;
    std::smatch parts;
    for (std::string line; std::getline(lines, line);) {
      if (std::regex_match(line, parts, wanted)) found.push_back(parts[1]);
    }
    return found;
  }

 private:
  raw_client link_;
};
