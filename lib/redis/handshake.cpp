#include "redis/handshake.hpp"

#include "sluice/redis/command.hpp"

#include <utility>

namespace sluice {
namespace {

constexpr std::string_view library_name = "sluice";
constexpr std::string_view library_version = SLUICE_VERSION;

// Invalidations could arrive inside the array of an EXEC, and the tracking table could crash the
// server, before these (redis/redis #8935, #9422, #11814).
bool tracking_is_sound(const capabilities& server) {
  if (server.server() != "redis") return true;
  const auto version = server.version();
  if (version.major_number <= 5) return false;
  if (version.major_number == 6) return version >= server_version{6, 2, 16};
  return version >= server_version{7, 0, 9};
}

std::string text_of(const resp::value& value) { return std::string(value.text()); }

}  // namespace

std::string handshake::begin(const connection_options& options, std::uint64_t nonce,
                             const std::vector<std::string>& preparations) {
  *this = handshake();
  nonce_ = "sluice-" + std::to_string(nonce);
  const bool has_credentials = !options.user().empty() || !options.password().empty();

  std::string bytes;
  const auto add = [&](step which, const command& what) {
    steps_.push_back(which);
    bytes += what.frame();
  };

  // AUTH and SETNAME ride in HELLO, as a server with a password refuses everything before it.
  command hello("HELLO");
  hello.arg(3);
  if (has_credentials) {
    hello.arg("AUTH", options.user().empty() ? "default" : options.user(), options.password());
  }
  if (!options.name().empty()) hello.arg("SETNAME", options.name());
  add(step::hello, hello);
  add(step::library_info, command("CLIENT").arg("SETINFO", "LIB-NAME", library_name));
  add(step::library_info, command("CLIENT").arg("SETINFO", "LIB-VER", library_version));
  if (options.database() != 0) add(step::select, command("SELECT").arg(options.database()));
  add(step::tracking, command("CLIENT").arg("TRACKING", "ON"));

  command info("COMMAND");
  info.arg("INFO");
  for (std::size_t i = 0; i < feature_count; ++i) info.arg(to_string(static_cast<feature>(i)));
  add(step::command_info, info);

  for (const auto& each : preparations) {
    steps_.push_back(step::preparation);
    bytes += each;
  }

  if (options.probe_doorbell()) {
    probe_key_ = "sluice:probe:" + std::to_string(nonce);
    add(step::probe_arm, command("XLEN").arg(probe_key_));
    add(step::probe_write, command("SET").arg(probe_key_, "1", "PX", 100));
  }
  add(step::last_ping, command("PING").arg(nonce_));
  return bytes;
}

handshake::progress handshake::on_reply(const resp::value& value) {
  const auto which = steps_[next_++];
  // HELLO and the setup are allowed while a data set is being loaded; the probe tells.
  if (value.is_error() && classify_server_error(value.text()) == errc::loading) {
    return fail(errc::loading, "the server is loading its data set: it is tried again",
                value.text());
  }
  switch (which) {
    case step::hello:
      return judge_hello(value);
    case step::library_info:
    case step::preparation:
      return progress::more;
    case step::select:
      return judge_setup(value, which);
    case step::tracking:
      return judge_tracking(value), progress::more;
    case step::command_info:
      return judge_command_info(value), progress::more;
    case step::probe_arm:
    case step::probe_write:
      return judge_probe(value);
    case step::last_ping:
      return judge_last_ping(value);
  }
  return progress::more;
}

void handshake::on_push(const resp::value& value) {
  if (value[0].text() != "invalidate") return;
  for (const auto& key : value[1]) {
    if (key.text() == probe_key_) push_seen_ = true;
  }
}

handshake::progress handshake::judge_hello(const resp::value& value) {
  if (value.is_error()) {
    const auto code = classify_server_error(value.text());
    switch (code) {
      case errc::wrong_password:
        return fail(code, "the server refuses user or password: correct them in the URL or options",
                    value.text());
      case errc::auth_required:
        return fail(code, "the server wants a password: put it into the URL or options",
                    value.text());
      case errc::not_permitted:
        return fail(code, "the user may not connect: grant +hello", value.text());
      case errc::unknown_command:
      case errc::server_too_old:
        return fail(errc::server_too_old,
                    "the server does not know HELLO 3: Redis 6.2.16, 7.0.9 or newer is needed",
                    value.text());
      default:
        return fail(code, "the server refuses the handshake", value.text());
    }
  }
  if (!value.is_aggregate() || value.find("server").is_null()) {
    return fail(errc::not_redis, "the answer to HELLO is not that of a Redis server");
  }
  server_.server_ = text_of(value.find("server"));
  server_.version_text_ = text_of(value.find("version"));
  server_.mode_ = text_of(value.find("mode"));
  server_.client_id_ = value.find("id").integer().value_or(0);
  if (value.find("proto").integer() != 3) {
    return fail(errc::server_too_old, "the server does not switch to RESP3");
  }
  const auto role = value.find("role").text();
  if (role == "replica" || role == "slave") {
    return fail(errc::read_only, "the server is a replica: connect to its master");
  }
  return progress::more;
}

handshake::progress handshake::judge_setup(const resp::value& value, step) {
  if (!value.is_error()) return progress::more;
  const auto code = classify_server_error(value.text());
  return fail(code == errc::server_error ? errc::invalid_argument : code,
              "SELECT was refused: check the number of the database", value.text());
}

void handshake::judge_tracking(const resp::value& value) {
  if (value.is_error()) {
    server_.doorbell_ = doorbell_state::absent;
    server_.doorbell_reason_ = "CLIENT TRACKING was refused: " + text_of(value);
  } else if (!tracking_is_sound(server_)) {
    server_.doorbell_ = doorbell_state::absent;
    server_.doorbell_reason_ =
        "tracking is unsound before Redis 6.2.16 and 7.0.9; this is " + server_.version_text_;
  } else {
    server_.doorbell_ = doorbell_state::unproven;
    server_.doorbell_reason_ = "not probed";
  }
}

void handshake::judge_command_info(const resp::value& value) {
  if (!value.is_aggregate()) return;
  std::size_t index = 0;
  for (const auto& known : value) {
    if (index == feature_count) return;
    server_.known_[index++] = !known.is_null() && known.size() > 0;
  }
}

handshake::progress handshake::judge_probe(const resp::value& value) {
  if (!value.is_error()) return progress::more;
  const auto code = classify_server_error(value.text());
  if (code == errc::read_only) {
    return fail(code, "the server is a replica: connect to its master", value.text());
  }
  // Rights, memory or disk forbid the scratch key; pushes for the readers' keys may come all the
  // same, and the slow poll finds what they miss.
  probe_refused_ = true;
  server_.doorbell_reason_ = "the probe was refused: " + text_of(value);
  return progress::more;
}

handshake::progress handshake::judge_last_ping(const resp::value& value) {
  // MISCONF and BUSY are answers of a living server that is in trouble; they keep the link.
  if (!value.is_error() && value.text() != nonce_) {
    return fail(errc::protocol_error, "the handshake's PING was answered with other bytes");
  }
  if (server_.doorbell_ == doorbell_state::unproven && !probe_key_.empty() && !probe_refused_) {
    server_.doorbell_ = push_seen_ ? doorbell_state::proven : doorbell_state::absent;
    server_.doorbell_reason_ =
        push_seen_ ? "" : "tracking was granted, but the probe's push did not arrive";
  }
  return progress::done;
}

handshake::progress handshake::fail(errc code, std::string message, std::string_view server_text) {
  failure_.emplace(code, diagnostics(std::move(message)).server_text(std::string(server_text)));
  return progress::failed;
}

}  // namespace sluice
