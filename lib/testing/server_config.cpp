#include "testing/server_config.hpp"

#include <sluice/testing/certificates.hpp>

#include <stdexcept>
#include <string>

namespace sluice::testing {

namespace {

void refuse_line_breaks(std::string_view text) {
  if (text.find_first_of("\r\n") != std::string_view::npos) {
    throw std::invalid_argument("a server option may not contain a line break");
  }
}

}  // namespace

server_options& server_options::acl_line(std::string line) {
  refuse_line_breaks(line);
  if (!line.starts_with("user ")) line.insert(0, "user ");
  users_.push_back(std::move(line));
  return *this;
}

server_options& server_options::config(std::string_view name, std::string_view value) {
  refuse_line_breaks(name);
  refuse_line_breaks(value);
  lines_.push_back(std::string(name) + ' ' + std::string(value));
  return *this;
}

server_config::server_config(const server_options& options, const server_place& place) {
  add_quoted("dir", place.folder.string());
  add("daemonize", "no");
  if (place.debug_is_locked) add("enable-debug-command", "yes");
  add_listeners(options, place);
  add_users(options, place);
  add_persistence(options);
  // The test's own lines come last, as the last one of a name wins.
  for (const auto& line : options.lines_) text_.append(line).append("\n");
}

void server_config::add(std::string_view name, std::string_view value) {
  text_.append(name).append(" ").append(value).append("\n");
}

void server_config::add_quoted(std::string_view name, std::string_view value) {
  std::string quoted = "\"";
  for (const char character : value) {
    if (character == '"' || character == '\\') quoted += '\\';
    quoted += character;
  }
  refuse_line_breaks(quoted);
  add(name, quoted + '"');
}

void server_config::add_listeners(const server_options& options, const server_place& place) {
  add_quoted("unixsocket", (place.folder / "redis.sock").string());
  add("unixsocketperm", "700");
  add("bind", "127.0.0.1");
  add("port", std::to_string(place.port));
  if (!options.tls_) return;
  const auto file = [&](std::string_view name) { return (place.folder / name).string(); };
  add("tls-port", std::to_string(place.tls_port));
  add_quoted("tls-cert-file", file("server.crt"));
  add_quoted("tls-key-file", file("server.key"));
  add_quoted("tls-ca-cert-file", file("ca.crt"));
  add("tls-auth-clients", options.require_client_certificate_ ? "yes" : "no");
}

void server_config::add_users(const server_options& options, const server_place& place) {
  add("user", std::string(admin_user) + " on >" + place.admin_password + " ~* &* +@all");
  for (const auto& user : options.users_) text_.append(user).append("\n");
  if (!options.password_.empty()) add_quoted("requirepass", options.password_);
}

void server_config::add_persistence(const server_options& options) {
  add("save", "\"\"");
  add("appendonly", options.append_only_ ? "yes" : "no");
  if (options.append_only_) {
    add("appendfsync", *options.append_only_ == fsync::always ? "always" : "everysec");
  }
}

}  // namespace sluice::testing
