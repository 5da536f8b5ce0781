// The first exchange on a new link: who we are, which database, what the server can do.
#pragma once

#include "sluice/core/error.hpp"
#include "sluice/redis/capabilities.hpp"
#include "sluice/redis/options.hpp"
#include "sluice/resp/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// One round trip: all commands are written at once and their replies are judged one by one. Pure.
/// Any reply that makes the link unusable ends it; it is never handed on half prepared.
class handshake {
 public:
  enum class progress : unsigned char { more, done, failed };

  /// Starts over for a new link; returns the bytes to write. `nonce` makes the probe's key and the
  /// last PING unique; what came of `preparations`, frames of one reply each, is not asked.
  std::string begin(const connection_options& options, std::uint64_t nonce,
                    const std::vector<std::string>& preparations = {});
  /// Judges the next reply.
  progress on_reply(const resp::value& value);
  /// Sees the probe's push.
  void on_push(const resp::value& value);

  /// What the server can do, once done.
  const capabilities& server() const noexcept { return server_; }
  /// Why the link is unusable, once failed.
  const error& failure() const { return *failure_; }

 private:
  enum class step : unsigned char {
    hello,
    library_info,
    select,
    tracking,
    command_info,
    preparation,
    probe_arm,
    probe_write,
    last_ping,
  };

  progress judge_hello(const resp::value& value);
  progress judge_setup(const resp::value& value, step which);
  void judge_tracking(const resp::value& value);
  void judge_command_info(const resp::value& value);
  progress judge_probe(const resp::value& value);
  progress judge_last_ping(const resp::value& value);
  progress fail(errc code, std::string message, std::string_view server_text = {});

  std::vector<step> steps_;
  std::size_t next_ = 0;
  std::string probe_key_;
  std::string nonce_;
  bool push_seen_ = false;
  bool probe_refused_ = false;
  capabilities server_;
  std::optional<error> failure_;
};

}  // namespace sluice
