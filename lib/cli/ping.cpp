#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <memory>
#include <string>

namespace sluice::cli {
namespace {

boost::asio::awaitable<int> ping(session& here) {
  const auto time = co_await here.redis.ping();
  print_line("PONG from " + here.redis.options().address() + " in " + std::to_string(time.count()) +
             " us");
  co_return ok;
}

}  // namespace

void add_ping(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("ping", "Measure the way to the server and back");
  const auto url = std::make_shared<std::string>(default_url);
  add_url(*verb, *url);
  verb->callback([&code, url] { code = run(*url, ping); });
}

}  // namespace sluice::cli
