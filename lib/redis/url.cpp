#include "redis/url.hpp"

#include "sluice/core/error.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace sluice {
namespace urls = boost::urls;
namespace {

constexpr std::uint16_t default_port = 6379;

[[noreturn]] void refuse(const std::string& part, const std::string& what) {
  throw error(errc::invalid_url, "the URL's " + part + ": " + what);
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (text.empty() || failure != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::uint32_t database_in(std::string_view text, const std::string& part) {
  const auto number = number_in<std::uint32_t>(text);
  if (!number || *number > 0x7fffffffU) {
    refuse(part, "'" + std::string(text) + "' is no number of a database, such as 0");
  }
  return *number;
}

std::chrono::milliseconds duration_in(std::string_view text, const std::string& part) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 3> units{
      {{"ms", 1}, {"s", 1'000}, {"m", 60'000}}};
  for (const auto& [unit, factor] : units) {
    if (!text.ends_with(unit)) continue;
    const auto number = number_in<std::int64_t>(text.substr(0, text.size() - unit.size()));
    constexpr std::int64_t longest = 1'000'000'000;
    if (number && *number >= 0 && *number <= longest) {
      return std::chrono::milliseconds(*number * factor);
    }
  }
  refuse(part, "'" + std::string(text) + "' is no duration, such as 500ms, 2s or 1m");
}

bool truth_in(std::string_view text, const std::string& part) {
  if (text == "yes") return true;
  if (text == "no") return false;
  refuse(part, "'" + std::string(text) + "' is neither yes nor no");
}

/// Collects the parts, so that user and password may come from either place.
struct parts {
  std::string user, password;
  tls_options tls;
  bool has_tls_option = false;
};

void read_parameter(std::string_view key, const std::string& value, connection_options& into,
                    parts& found) {
  const auto part = "parameter '" + std::string(key) + "'";
  const auto tls = [&]() -> tls_options& {
    found.has_tls_option = true;
    return found.tls;
  };
  if (key == "db") {
    into.database(database_in(value, part));
  } else if (key == "user") {
    found.user = value;
  } else if (key == "password") {
    found.password = value;
  } else if (key == "name") {
    into.name(value);
  } else if (key == "timeout") {
    into.timeout(duration_in(value, part));
  } else if (key == "connect_timeout") {
    into.connect_timeout(duration_in(value, part));
  } else if (key == "health_check") {
    into.health_check(duration_in(value, part));
  } else if (key == "ca_file") {
    tls().ca_file(value);
  } else if (key == "certificate_file") {
    tls().certificate_file(value);
  } else if (key == "key_file") {
    tls().key_file(value);
  } else if (key == "server_name") {
    tls().server_name(value);
  } else if (key == "verify") {
    tls().verify(truth_in(value, part));
  } else {
    refuse(part,
           "unknown; known are db, user, password, name, timeout, connect_timeout, "
           "health_check, ca_file, certificate_file, key_file, server_name and verify");
  }
}

void read_unix_path(const urls::url_view& url, connection_options& into) {
  if (!url.encoded_host().empty()) {
    refuse("path", "a socket's path begins with three slashes: unix:///path/to/socket");
  }
  const auto path = url.path();
  if (path.size() < 2) refuse("path", "the path of the socket is missing: unix:///path/to/socket");
  into.unix_socket(path);
}

void read_host(const urls::url_view& url, bool secure, const parts& found,
               connection_options& into) {
  std::string host = url.host_address();
  if (host.empty()) host = "localhost";
  auto port = default_port;
  if (url.has_port() && !url.port().empty()) {
    const auto number = number_in<std::uint16_t>(std::string_view(url.port()));
    if (!number || *number == 0) {
      refuse("port", "'" + std::string(url.port()) + "' is not from 1 to 65535");
    }
    port = *number;
  }
  if (secure) {
    into.tls(std::move(host), port, found.tls);
  } else if (found.has_tls_option) {
    refuse("parameters", "they configure TLS, but the scheme is redis: use rediss");
  } else {
    into.tcp(std::move(host), port);
  }
  std::string path = url.path();
  // Boost.URL 1.81 takes what follows "host:" for a path when it is no number; it may be secret.
  if (!path.empty() && path.front() != '/') {
    refuse("port", "no number from 1 to 65535; the form is redis://user:password@host:port");
  }
  if (!path.empty() && path != "/") into.database(database_in(path.substr(1), "path"));
}

}  // namespace

void read_url(std::string_view text, connection_options& into) {
  const auto parsed = urls::parse_uri(text);
  if (!parsed) {
    throw error(errc::invalid_url,
                "this is no URL: redis://user:password@host:port/db, rediss://… or "
                "unix:///path/to/socket is needed; special characters in a password are written "
                "as %XX");
  }
  const urls::url_view& url = *parsed;
  const std::string scheme(url.scheme());
  if (scheme != "redis" && scheme != "rediss" && scheme != "unix") {
    refuse("scheme", "'" + scheme + "' is unknown; known are redis, rediss and unix");
  }
  if (url.has_fragment()) refuse("fragment", "'#' begins one; write it as %23");

  parts found{url.user(), url.password(), {}, false};
  try {
    for (const auto& parameter : url.params()) {
      read_parameter(std::string(parameter.key), std::string(parameter.value), into, found);
    }
    if (scheme == "unix") {
      read_unix_path(url, into);
    } else {
      read_host(url, scheme == "rediss", found, into);
    }
  } catch (const error& why) {
    if (why.code() == errc::invalid_url) throw;
    throw error(errc::invalid_url, diagnostics(why.why()));
  }
  if (!found.user.empty() && found.password.empty()) {
    refuse("user", "a user without a password; redis://:password@host is the default user");
  }
  into.credentials(std::move(found.user), std::move(found.password));
}

}  // namespace sluice
