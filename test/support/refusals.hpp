// What makes a server that answers refuse to write, to read or to settle, and what mends it.
#pragma once

#include "support/wakes.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace scene {

/// A state of the server in which it refuses commands that write, as reading for a group does.
struct refusal {
  const char* name;
  sluice::errc code;
  /// Begins and ends it.
  std::vector<std::vector<std::string>> begin, end;
};

inline std::ostream& operator<<(std::ostream& out, const refusal& which) {
  return out << which.name;
}

/// Those that a person, a replica or a disk bring about.
inline std::vector<refusal> refusals() {
  using sluice::errc;
  return {{"NOREPLICAS",
           errc::too_few_replicas,
           {{"CONFIG", "SET", "min-replicas-to-write", "1"}},
           {{"CONFIG", "SET", "min-replicas-to-write", "0"}}},
          {"MISCONF",
           errc::persistence_failed,
           {{"CONFIG", "SET", "stop-writes-on-bgsave-error", "yes"}},
           {{"CONFIG", "SET", "stop-writes-on-bgsave-error", "no"}}},
          // The master of this replica is nowhere, so its data stays as it is.
          {"READONLY",
           errc::read_only,
           {{"REPLICAOF", "127.0.0.1", "1"}},
           {{"REPLICAOF", "NO", "ONE"}}},
          {"NOPERM",
           errc::not_permitted,
           {{"ACL", "SETUSER", "default", "-xreadgroup", "-xread", "-xadd", "-xack"}},
           {{"ACL", "SETUSER", "default", "+@all"}}}};
}

/// A world whose server cannot save its data, and does not mind until it is told to.
struct refusing_world : waking_world {
  explicit refusing_world(const waking& which)
      : waking_world(which, server_options()
                                .config("save", "3600 1")
                                .config("stop-writes-on-bgsave-error", "no")
                                .config("dbfilename", "blocked")) {
    std::filesystem::create_directory(server.directory() / "blocked");
    server.command({"BGSAVE"});
    while (server.command({"INFO", "persistence"}).find("rdb_last_bgsave_status:err") ==
           std::string::npos) {
    }
  }

  void give(const std::vector<std::vector<std::string>>& commands) {
    for (const auto& each : commands) server.command(each);
  }
  /// Adds an entry and begins to refuse, with no time between them in which it could be read.
  void add_and_refuse(const std::string& n, const refusal& what) {
    server.command({"MULTI"});
    server.command({"XADD", "s", "*", "n", n});
    give(what.begin);
    server.command({"EXEC"});
  }
};

}  // namespace scene
