#include "session.hpp"
#include "verbs.hpp"

#include <iostream>
#include <memory>
#include <string>

namespace sluice::cli {
namespace {

boost::asio::awaitable<int> ping(client redis, stop_signal&) {
  co_await redis.connect();
  const auto time = co_await redis.ping();
  std::cout << "PONG from " << redis.options().address() << " in " << time.count() << " us\n";
  co_return ok;
}

boost::asio::awaitable<int> info(client redis, stop_signal&) {
  co_await redis.connect();
  std::cout << redis.options().address() << ": " << redis.server().to_string() << '\n';
  co_return ok;
}

void add(CLI::App& tool, int& code, const char* name, const char* what, const verb& act) {
  auto* const chosen = tool.add_subcommand(name, what);
  const auto url = std::make_shared<std::string>(default_url);
  add_url(*chosen, *url);
  chosen->callback([&code, url, act] { code = run(*url, act); });
}

}  // namespace

void add_ping(CLI::App& tool, int& code) {
  add(tool, code, "ping", "Measure the way to the server and back", ping);
}

void add_info(CLI::App& tool, int& code) {
  add(tool, code, "info", "Show what the server is and can do", info);
}

}  // namespace sluice::cli
