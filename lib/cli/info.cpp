#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/redis/capabilities.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::cli {
namespace {

std::string_view meaning_of(doorbell_state state) {
  switch (state) {
    case doorbell_state::absent:
      return "absent: readers block on a connection of their own";
    case doorbell_state::unproven:
      return "unproven: pushes wake readers, and a slow poll helps";
    case doorbell_state::proven:
      break;
  }
  return "proven: pushes wake readers";
}

std::string names_of(const capabilities& server, bool known) {
  std::string names;
  for (std::size_t i = 0; i < feature_count; ++i) {
    const auto each = static_cast<feature>(i);
    if (server.has(each) == known) names.append(names.empty() ? "" : " ").append(to_string(each));
  }
  return names.empty() ? "-" : names;
}

boost::asio::awaitable<int> info(session& here) {
  const auto& server = here.redis.server();
  std::string doorbell(meaning_of(server.doorbell()));
  if (!server.doorbell_reason().empty()) doorbell += " (" + server.doorbell_reason() + ')';
  print_line("address   " + here.redis.options().address());
  print_line("server    " + server.server() + ' ' + server.version_text() + ", " + server.mode());
  print_line("doorbell  " + doorbell);
  print_line("has       " + names_of(server, true));
  print_line("lacks     " + names_of(server, false));
  co_return ok;
}

}  // namespace

void add_info(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("info", "Show what the server is and can do");
  verb->footer(
      "\"has\" and \"lacks\" name commands beyond Redis 6.2 that are used where they are there.");
  const auto url = std::make_shared<std::string>(default_url);
  add_url(*verb, *url);
  verb->callback([&code, url] { code = run(*url, info); });
}

}  // namespace sluice::cli
