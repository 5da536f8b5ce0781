// Where the verbs about services find them.
#pragma once

#include "cli/session.hpp"

#include <sluice/app/app.hpp>
#include <sluice/app/streams_string.hpp>

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace sluice::cli {

/// `--streams`, or the one server of `--url`; else `SLUICE_STREAMS`, else `REDIS_URL`.
class app_address {
 public:
  /// Adds both to a verb.
  void add_to(CLI::App& verb);

  /// What keeps the session's client.
  enum class holder {
    messages,  ///< The server of messages, and of schedules; with Kafka that of the answers.
    answers,   ///< The server of answers, and of what services say of themselves.
  };
  /// Runs a verb once all servers that were named are there; see `cli::run`.
  int run(holder of_session, const verb& act);

  /// An app as it was asked for. In a streams string it has connections of its own, and the
  /// session's is given up.
  app make_app(session& here, const std::string& name) const;

 private:
  void read();

  std::optional<std::string> url_, text_;
  std::optional<streams_string> streams_;
};

}  // namespace sluice::cli
