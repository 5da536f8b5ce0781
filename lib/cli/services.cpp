#include "cli/app_address.hpp"
#include "cli/listing.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"

#include <sluice/app/services.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sluice::cli {
namespace {

std::vector<row> rows_of(const std::vector<service_info>& all) {
  std::vector<row> rows{{"APP", "TOPIC", "HOST", "PROCESS", "HANDLED", "FAILED", "NOW", "WAITING"}};
  for (const auto& each : all) {
    for (const auto& topic : each.topics) {
      rows.push_back({each.app, topic.topic, each.host, std::to_string(each.process),
                      std::to_string(topic.handled), std::to_string(topic.failed),
                      std::to_string(topic.in_progress),
                      topic.backlog ? std::to_string(*topic.backlog) : "-"});
    }
  }
  return rows;
}

boost::asio::awaitable<int> show_services(session& here) {
  listing out(here);
  const auto all = co_await list_services(here.redis);
  co_await out.print(lines_of(rows_of(all)));
  co_return ok;
}

}  // namespace

void add_services(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("services", "Show which apps listen to what");
  verb->footer(
      "One line a process and topic: how many messages it has handled, how many failed in the\n"
      "end, how many it works on now, and how many wait for its group; on Kafka those in the\n"
      "partitions of that process. It is listed while it runs, and for 15 s after\n"
      "it has died.");
  const auto where = std::make_shared<app_address>();
  where->add_to(*verb);
  verb->callback(
      [&code, where] { code = where->run(app_address::holder::answers, show_services); });
}

}  // namespace sluice::cli
