#include "cli/demonstration.hpp"
#include "cli/records.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/redis/options.hpp>
#include <sluice/testing/private_server.hpp>

#include <unistd.h>

#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace sluice::cli {
namespace {

constexpr const char* package_database = "/var/lib/dpkg/status";

struct demo_flags {
  std::string url;
  std::string input;
  std::string category = "section";
  std::string amount = "size";
};

demo_plan plan_of(const demo_flags& flags) {
  demo_plan plan;
  // Nobody else's stream, also on a server that many use.
  plan.name = "sluice-demo-" + std::to_string(::getpid()) + '-' +
              std::to_string(std::random_device()() & 0xffffU);
  plan.category = flags.category;
  plan.amount = flags.amount;
  if (flags.input.empty()) {
    plan.source = std::string("the packages in ") + package_database;
    plan.records = installed_packages(package_database);
  } else {
    plan.source = "the lines of " + flags.input;
    plan.records = json_records(flags.input);
  }
  return plan;
}

testing::private_server start_server() {
  try {
    return testing::private_server();
  } catch (const std::exception& why) {
    throw failure(trouble, std::string(why.what()) +
                               "; install redis-server, or name a server of yours with --url");
  }
}

boost::asio::awaitable<int> show(demo_plan plan, session& here) {
  here.quiet = true;  // what happens is the story, and it tells it
  demonstration story(std::move(plan), here);
  const int code = co_await story.run();
  co_return code;
}

int demo(const demo_flags& flags) {
  demo_plan plan = plan_of(flags);
  std::optional<testing::private_server> own;
  if (flags.url.empty()) own.emplace(start_server());
  plan.own_server = own.has_value();
  plan.url = own ? own->url() : flags.url;
  plan.server = own ? "a private one on a Unix socket in " + own->directory().string()
                    : connection_options(flags.url).address() + ", stream " + plan.name;
  return run(
      plan.url, [&plan](session& here) { return show(std::move(plan), here); }, plan.name);
}

}  // namespace

void add_demo(CLI::App& tool, int& code) {
  auto* const verb =
      tool.add_subcommand("demo", "Share real work, kill a member half-way, check the account");
  verb->footer(
      "Three members of a group work on the records: they count them by section and sum their\n"
      "sizes. One is killed half-way; its heartbeat stops, and the others get what it held. Every\n"
      "figure of the account is checked against the server. With --url the stream has a name of\n"
      "its own and is deleted at the end.");
  const auto flags = std::make_shared<demo_flags>();
  verb->add_option("--input", flags->input, "JSON objects, one a line; else Debian's packages")
      ->type_name("FILE");
  verb->add_option("--category", flags->category, "The field by which it counts: section")
      ->type_name("NAME");
  verb->add_option("--amount", flags->amount, "The field of whole numbers that it sums: size")
      ->type_name("NAME");
  verb->add_option("--url", flags->url, "A server of yours; else a private one is started")
      ->type_name("URL");
  verb->callback([&code, flags] { code = demo(*flags); });
}

}  // namespace sluice::cli
