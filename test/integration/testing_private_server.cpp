#include <sluice/testing/private_server.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace {

using sluice::testing::fsync;
using sluice::testing::private_server;
using sluice::testing::server_options;

bool exists(int process) { return ::kill(process, 0) == 0 || errno != ESRCH; }

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Whether a process that is no child of ours runs; one that has died may stay as a zombie for as
/// long as its new parent likes.
bool runs(int process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string number, name, state;
  return file >> number >> name >> state && state != "Z" && state != "X";
}

template <class Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a private server answers commands on its Unix socket", "[testing]") {
  private_server server;
  CHECK(server.command({"PING"}) == "PONG");
  CHECK(server.url() == "unix://" + server.socket_path().string());
  CHECK(server.port() == 0);
  CHECK_THROWS_AS(server.tcp_url(), std::logic_error);
}

TEST_CASE("a reply is rendered as a person would read it", "[testing]") {
  private_server server;
  server.command({"RPUSH", "list", "first", "", "third"});
  CHECK(server.command({"LRANGE", "list", "0", "-1"}) == "first\n\nthird");
  CHECK(server.command({"LLEN", "list"}) == "3");
  CHECK(server.command({"GET", "absent"}).empty());
  CHECK(server.command({"KEYS", "nothing*"}).empty());
  server.command({"XADD", "stream", "1-1", "field", "value"});
  CHECK(server.command({"XRANGE", "stream", "-", "+"}) == "1-1\nfield\nvalue");
  const std::vector<std::string> words{"SET", "binary", std::string("a\r\n\0b", 5)};
  server.command(words);
  CHECK(server.command({"GET", "binary"}) == words[2]);
}

TEST_CASE("an error reply is thrown with the command and the server's text", "[testing]") {
  private_server server;
  server.command({"SET", "key", "text"});
  const auto error = error_of([&] { server.command({"INCR", "key"}); });
  CHECK(error == "INCR: ERR value is not an integer or out of range");
  CHECK(server.command({"PING"}) == "PONG");
}

TEST_CASE("a closed administrator's connection is opened again", "[testing]") {
  private_server server;
  server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"});
  // The server closes when it has answered: the next command may still cross with that.
  error_of([&] { server.command({"PING"}); });
  CHECK(server.command({"PING"}) == "PONG");
}

TEST_CASE("the process and the folder are gone when the object is", "[testing]") {
  int process = 0;
  std::filesystem::path folder;
  try {
    private_server server(server_options().tcp());
    process = server.pid();
    folder = server.directory();
    REQUIRE(exists(process));
    REQUIRE(std::filesystem::exists(folder));
    throw std::runtime_error("a test that fails");
  } catch (const std::runtime_error&) {
    CHECK_FALSE(exists(process));
    CHECK_FALSE(std::filesystem::exists(folder));
  }
}

TEST_CASE("the process is gone when the test program is killed", "[testing]") {
  using namespace std::chrono_literals;
  int channel[2];
  REQUIRE(::pipe(channel) == 0);
  const int program = ::fork();
  if (program == 0) {
    private_server server;
    const std::string news = std::to_string(server.pid()) + " " + server.directory().string();
    const auto written = ::write(channel[1], news.c_str(), news.size() + 1);
    ::raise(SIGKILL);
    ::_exit(written > 0 ? 0 : 1);
  }
  char news[512] = {};
  REQUIRE(::read(channel[0], news, sizeof news - 1) > 0);
  ::waitpid(program, nullptr, 0);
  ::close(channel[0]);
  ::close(channel[1]);
  std::istringstream words(news);
  int process = 0;
  std::string folder;
  words >> process >> folder;
  for (int attempt = 0; runs(process) && attempt < 1000; ++attempt) {
    std::this_thread::sleep_for(2ms);
  }
  CHECK_FALSE(runs(process));
  std::filesystem::remove_all(folder);
}

TEST_CASE("a folder of the test's own outlives the server with its data", "[testing]") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("sluice-kept-" + std::to_string(::getpid()));
  const auto options = server_options().append_only(fsync::always).directory(folder);
  private_server(options).command({"SET", "key", "kept"});
  REQUIRE(std::filesystem::exists(folder));
  CHECK(private_server(options).command({"GET", "key"}) == "kept");
  std::filesystem::remove_all(folder);
}

TEST_CASE("an append-only file brings the data back after a restart and a kill", "[testing]") {
  private_server server(server_options().append_only(fsync::always).tcp());
  const auto port = server.port();
  server.command({"XADD", "orders", "1-1", "total", "12"});
  const int first = server.pid();
  server.restart();
  CHECK(server.pid() != first);
  CHECK(server.command({"XLEN", "orders"}) == "1");
  server.command({"XADD", "orders", "1-2", "total", "13"});
  server.kill();
  CHECK(server.pid() == 0);
  CHECK_THROWS_AS(server.command({"PING"}), std::runtime_error);
  server.start();
  CHECK(server.command({"XLEN", "orders"}) == "2");
  CHECK(server.port() == port);
}

TEST_CASE("without an append-only file a restart begins empty", "[testing]") {
  private_server server;
  server.command({"SET", "key", "gone"});
  server.restart();
  CHECK(server.command({"DBSIZE"}) == "0");
}

TEST_CASE("servers with ports do not meet", "[testing]") {
  private_server one(server_options().tcp());
  private_server two(server_options().tcp());
  CHECK(one.port() != two.port());
  CHECK(one.port() != 6379);
  CHECK(one.tcp_url() == "redis://127.0.0.1:" + std::to_string(one.port()));
  one.command({"SET", "key", "one"});
  CHECK(two.command({"GET", "key"}).empty());
}

TEST_CASE("a frozen server keeps quiet until it thaws", "[testing]") {
  using namespace std::chrono_literals;
  private_server server;
  server.freeze();
  const auto started = std::chrono::steady_clock::now();
  std::thread later([&] {
    std::this_thread::sleep_for(150ms);
    server.thaw();
  });
  CHECK(server.command({"PING"}) == "PONG");
  CHECK(std::chrono::steady_clock::now() - started >= 140ms);
  later.join();
}

TEST_CASE("a frozen server can still be stopped", "[testing]") {
  private_server server;
  const int process = server.pid();
  server.freeze();
  server.stop();
  CHECK_FALSE(exists(process));
}

TEST_CASE("passwords and users bind others and not the administrator", "[testing]") {
  private_server server(server_options()
                            .tcp()
                            .password("p@ss \"word\"")
                            .acl_line("reader on >secret ~orders* +@read"));
  CHECK(server.tcp_url() ==
        "redis://:p%40ss%20%22word%22@127.0.0.1:" + std::to_string(server.port()));
  CHECK(contains(server.command({"ACL", "GETUSER", "reader"}), "orders*"));
  server.command({"ACL", "SETUSER", "default", "off"});
  CHECK(server.command({"AUTH", "reader", "secret"}) == "OK");
  const auto error = error_of([&] { server.command({"SET", "orders", "1"}); });
  CHECK(contains(error, "NOPERM"));
}

TEST_CASE("DEBUG commands and settings of one's own work", "[testing]") {
  private_server server(server_options().config("maxmemory", "1mb"));
  CHECK(server.command({"CONFIG", "GET", "maxmemory"}) == "maxmemory\n1048576");
  CHECK(server.command({"DEBUG", "SLEEP", "0"}) == "OK");
  CHECK_THROWS_AS(server_options().config("save", "1\nport 6379"), std::invalid_argument);
}

TEST_CASE("a server that cannot start says why", "[testing]") {
  const auto bad_option = server_options().config("no-such-option", "1");
  CHECK(contains(error_of([&] { private_server server(bad_option); }), "no-such-option"));
  const auto no_program = server_options().binary("/no/such/program");
  CHECK(contains(error_of([&] { private_server server(no_program); }), "No such file"));
}

TEST_CASE("the log tells the server's story over every start", "[testing]") {
  private_server server;
  server.restart();
  const std::string log = server.log();
  const std::string_view started = "eady to accept connections";  // R, and r before Redis 7.2
  CHECK(log.find(started) != std::string::npos);
  CHECK(log.find(started) != log.rfind(started));
}
