#include "sluice/redis/options.hpp"

#include "core/bounded.hpp"
#include "redis/url.hpp"

#include "sluice/core/error.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

void require(bool holds, const char* text) {
  if (!holds) throw error(errc::invalid_argument, text);
}

}  // namespace

connection_options::connection_options() = default;

connection_options::connection_options(std::string_view url) { read_url(url, *this); }

connection_options& connection_options::tcp(std::string host, std::uint16_t port) {
  require(!host.empty() && port != 0, "a TCP address needs a host and a port from 1 to 65535");
  scheme_ = scheme::tcp;
  host_ = std::move(host);
  port_ = port;
  return *this;
}

connection_options& connection_options::tls(std::string host, std::uint16_t port, tls_options how) {
  tcp(std::move(host), port);
  scheme_ = scheme::tls;
  tls_ = std::move(how);
  return *this;
}

connection_options& connection_options::unix_socket(std::string path) {
  require(!path.empty(), "a Unix socket needs a path");
  scheme_ = scheme::unix_socket;
  path_ = std::move(path);
  return *this;
}

connection_options& connection_options::credentials(std::string user, std::string password) {
  user_ = std::move(user);
  password_ = std::move(password);
  return *this;
}

connection_options& connection_options::database(std::uint32_t number) {
  require(number <= 0x7fffffffU, "the number of a database is from 0 to 2147483647");
  database_ = number;
  return *this;
}

connection_options& connection_options::name(std::string client_name) {
  const bool printable = std::all_of(client_name.begin(), client_name.end(),
                                     [](char each) { return each > ' ' && each <= '~'; });
  require(printable, "a client's name has letters, digits and punctuation only, no spaces");
  name_ = std::move(client_name);
  return *this;
}

connection_options& connection_options::timeout(duration limit) {
  require(limit.count() >= 0, "the timeout is zero (none) or more");
  timeout_ = limit;
  return *this;
}

connection_options& connection_options::connect_timeout(duration limit) {
  require(limit.count() > 0, "the connect timeout is more than zero");
  connect_timeout_ = bounded(limit);
  return *this;
}

connection_options& connection_options::health_check(duration interval) {
  require(interval.count() >= 0, "the health check's interval is zero (off) or more");
  health_check_ = bounded(interval);
  return *this;
}

connection_options& connection_options::health_timeout(duration limit) {
  require(limit.count() > 0, "the health check's timeout is more than zero");
  health_timeout_ = bounded(limit);
  return *this;
}

connection_options& connection_options::backoff(duration first, duration longest) {
  require(first.count() > 0 && first <= longest, "the pauses need 0 < first <= longest");
  backoff_first_ = bounded(first);
  backoff_longest_ = bounded(longest);
  return *this;
}

connection_options& connection_options::in_flight(std::size_t commands, std::size_t bytes) {
  require(commands > 0 && bytes > 0, "the in-flight bounds are more than zero");
  in_flight_commands_ = commands;
  in_flight_bytes_ = bytes;
  return *this;
}

connection_options& connection_options::limits(resp::limits accepted) {
  limits_ = accepted;
  return *this;
}

connection_options& connection_options::probe_doorbell(bool on) {
  probe_doorbell_ = on;
  return *this;
}

connection_options& connection_options::on_event(event_handler handler) {
  on_event_ = std::move(handler);
  return *this;
}

connection_options& connection_options::slow_command(duration limit) {
  require(limit.count() >= 0, "the limit of slow commands is zero (off) or more");
  slow_command_ = limit;
  return *this;
}

connection_options& connection_options::time_source(std::shared_ptr<sluice::clock> source) {
  time_source_ = std::move(source);
  return *this;
}

connection_options& connection_options::random(random_source source) {
  random_ = std::move(source);
  return *this;
}

std::string connection_options::address() const {
  if (scheme_ == scheme::unix_socket) return "unix://" + path_;
  const bool literal_v6 = host_.find(':') != std::string::npos;
  return (scheme_ == scheme::tls ? "rediss://" : "redis://") +
         (literal_v6 ? '[' + host_ + ']' : host_) + ':' + std::to_string(port_);
}

}  // namespace sluice
