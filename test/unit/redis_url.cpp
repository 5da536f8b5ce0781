// URLs, good and bad.

#include "support/catch.hpp"

#include <sluice/core/error.hpp>
#include <sluice/redis/options.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace {

using namespace std::chrono_literals;
using sluice::connection_options;
using sluice::errc;
using scheme = connection_options::scheme;

sluice::error refused(std::string_view url) {
  try {
    const connection_options accepted(url);
  } catch (const sluice::error& why) {
    return why;
  }
  FAIL("accepted: " << url);
  return sluice::error();
}

TEST_CASE("a URL of a host alone has the usual port and database") {
  const connection_options plain("redis://example.org");
  CHECK(plain.kind() == scheme::tcp);
  CHECK(plain.host() == "example.org");
  CHECK(plain.port() == 6379);
  CHECK(plain.database() == 0);
  CHECK(plain.user().empty());
  CHECK(plain.address() == "redis://example.org:6379");
}

TEST_CASE("every part of a URL is read") {
  const connection_options full(
      "redis://billing:se%40cret@10.0.0.7:7000/3?name=billing-1&timeout=500ms&connect_timeout=2s"
      "&health_check=1m");
  CHECK(full.user() == "billing");
  CHECK(full.password() == "se@cret");
  CHECK(full.host() == "10.0.0.7");
  CHECK(full.port() == 7000);
  CHECK(full.database() == 3);
  CHECK(full.name() == "billing-1");
  CHECK(full.timeout() == 500ms);
  CHECK(full.connect_timeout() == 2s);
  CHECK(full.health_check() == 1min);
}

TEST_CASE("a password alone is the default user's") {
  const connection_options options("redis://:secret@localhost");
  CHECK(options.user().empty());
  CHECK(options.password() == "secret");
}

TEST_CASE("user and password may be parameters") {
  const connection_options options("unix:///run/redis.sock?user=a&password=b%26c&db=2");
  CHECK(options.kind() == scheme::unix_socket);
  CHECK(options.path() == "/run/redis.sock");
  CHECK(options.user() == "a");
  CHECK(options.password() == "b&c");
  CHECK(options.database() == 2);
  CHECK(options.address() == "unix:///run/redis.sock");
}

TEST_CASE("a socket's path is decoded") {
  CHECK(connection_options("unix:///tmp/a%20b/r.sock").path() == "/tmp/a b/r.sock");
}

TEST_CASE("addresses of version 6 stand in brackets") {
  const connection_options options("redis://[::1]:7000");
  CHECK(options.host() == "::1");
  CHECK(options.port() == 7000);
  CHECK(options.address() == "redis://[::1]:7000");
}

TEST_CASE("rediss is TLS, with its parameters") {
  const connection_options options(
      "rediss://host?ca_file=/ca.pem&certificate_file=/c.pem&key_file=/k.pem&server_name=n"
      "&verify=no");
  CHECK(options.kind() == scheme::tls);
  CHECK(options.tls().ca_file() == "/ca.pem");
  CHECK(options.tls().certificate_file() == "/c.pem");
  CHECK(options.tls().key_file() == "/k.pem");
  CHECK(options.tls().server_name() == "n");
  CHECK_FALSE(options.tls().verify());
  CHECK(connection_options("rediss://host").tls().verify());
  CHECK(options.address() == "rediss://host:6379");
}

TEST_CASE("a timeout of zero means none") {
  CHECK(connection_options("redis://h?timeout=0s").timeout() == 0ms);
  CHECK(connection_options("redis://h?health_check=0ms").health_check() == 0ms);
}

struct bad_url {
  std::string_view url;
  std::string_view names;  // what the text must mention
};

TEST_CASE("a bad URL is refused by the part that is wrong") {
  const auto [url, names] = GENERATE(
      bad_url{"", "redis://"}, bad_url{"localhost", "redis://"},
      bad_url{"localhost:6379", "scheme"}, bad_url{"http://localhost", "rediss"},
      bad_url{"redis+tls://localhost", "scheme"}, bad_url{"redis://host:0", "port"},
      bad_url{"redis://host:65536", "port"}, bad_url{"redis://host:port", "redis://"},
      bad_url{"redis://host/one", "path"}, bad_url{"redis://host/-1", "path"},
      bad_url{"redis://host/1/2", "path"}, bad_url{"redis://host/2147483648", "path"},
      bad_url{"redis://host?db=x", "'db'"}, bad_url{"redis://host?timeout=5", "'timeout'"},
      bad_url{"redis://host?timeout=-5s", "'timeout'"},
      bad_url{"redis://host?timeout=5 s", "redis://"},
      bad_url{"redis://host?timeout=99999999999999999999s", "'timeout'"},
      bad_url{"redis://host?connect_timeout=0s", "connect timeout"},
      bad_url{"redis://host?colour=red", "'colour'"}, bad_url{"redis://host?name=a%20b", "name"},
      bad_url{"redis://host?verify=no", "rediss"}, bad_url{"rediss://host?verify=maybe", "yes"},
      bad_url{"redis://host#1", "fragment"}, bad_url{"redis://user@host", "user"},
      bad_url{"unix://run/redis.sock", "three slashes"}, bad_url{"unix:///", "path"},
      bad_url{"unix:", "path"}, bad_url{"redis://ho st", "redis://"});
  INFO(url);
  const auto why = refused(url);
  CHECK(why.code() == errc::invalid_url);
  CHECK(why.code() == sluice::condition::fatal);
  INFO(why.what());
  CHECK(std::string_view(why.what()).find(names) != std::string_view::npos);
}

TEST_CASE("an unknown parameter is told the known ones") {
  const std::string text = refused("redis://h?tmeout=5s").what();
  for (const auto* known :
       {"db", "user", "password", "name", "timeout", "connect_timeout", "health_check", "ca_file",
        "certificate_file", "key_file", "server_name", "verify"}) {
    CHECK(text.find(known) != std::string::npos);
  }
}

TEST_CASE("no error shows the password") {
  const auto* const url =
      GENERATE("redis://u:hush-hush@host:99999", "redis://u:hush-hush@host/x",
               "http://u:hush-hush@host", "redis://u:hush-hush@ho st",
               "redis://host?password=hush-hush&verify=no", "redis://u:hush-hush@host?timeout=1",
               "redis://u:hush-hush@host#f", "unix://u:hush-hush@host/path",
               "redis://host?passwrod=hush-hush", "redis://:hush-hush", "hush-hush@host");
  try {
    const connection_options accepted(url);
    CHECK(accepted.address().find("hush") == std::string::npos);
  } catch (const sluice::error& why) {
    INFO(why.what());
    CHECK(std::string_view(why.what()).find("hush") == std::string_view::npos);
  }
}

TEST_CASE("setters refuse what makes no sense") {
  const auto refuses = [](auto&& set) {
    connection_options options;
    try {
      set(options);
    } catch (const sluice::error& why) {
      return why.code() == errc::invalid_argument;
    }
    return false;
  };
  CHECK(refuses([](auto& options) { options.tcp("", 1); }));
  CHECK(refuses([](auto& options) { options.tcp("host", 0); }));
  CHECK(refuses([](auto& options) { options.unix_socket(""); }));
  CHECK(refuses([](auto& options) { options.database(0x80000000U); }));
  CHECK(refuses([](auto& options) { options.name("two words"); }));
  CHECK(refuses([](auto& options) { options.name("line\n"); }));
  CHECK(refuses([](auto& options) { options.timeout(-1ms); }));
  CHECK(refuses([](auto& options) { options.connect_timeout(0ms); }));
  CHECK(refuses([](auto& options) { options.health_check(-1ms); }));
  CHECK(refuses([](auto& options) { options.health_timeout(0ms); }));
  CHECK(refuses([](auto& options) { options.backoff(0ms, 1s); }));
  CHECK(refuses([](auto& options) { options.backoff(2s, 1s); }));
  CHECK(refuses([](auto& options) { options.in_flight(0, 1); }));
  CHECK(refuses([](auto& options) { options.in_flight(1, 0); }));
  CHECK(refuses([](auto& options) { options.slow_command(-1ms); }));
}

}  // namespace
