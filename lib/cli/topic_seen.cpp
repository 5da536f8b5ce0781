#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/facts_table.hpp"
#include "cli/session.hpp"
#include "cli/topic.hpp"
#include "cli/verbs.hpp"

#include <sluice/admin/seen_marks.hpp>
#include <sluice/admin/stream_desk.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

struct seen_flags {
  std::string url = default_url;
  std::string topic, group;
  std::string prefix = "telstar:";
  bool json = false;
};

// A group without marks has settled nothing that is remembered; it is shown as well.
asio::awaitable<std::map<std::string, std::size_t>> look(const seen_flags& flags, session& here) {
  auto marks = co_await admin::seen_by_group(here.redis, flags.topic, flags.prefix);
  const admin::stream_desk desk(here.redis, flags.prefix + "stream:" + flags.topic);
  const auto groups = co_await desk.groups();
  for (const auto& each : groups) marks.try_emplace(each.name, 0);
  if (!flags.group.empty()) {
    std::erase_if(marks, [&flags](const auto& each) { return each.first != flags.group; });
  }
  co_return marks;
}

asio::awaitable<int> show(const seen_flags& flags, session& here) {
  listing out(here);
  const auto marks = co_await look(flags, here);
  facts_table table({"GROUP", "SEEN"}, "lr");
  for (const auto& [group, count] : marks) {
    json_object object;
    object.text("topic", flags.topic).text("group", group).number("seen", std::uint64_t{count});
    row cells{group, std::to_string(count)};
    table.add(std::move(cells), object);
  }
  if (table.empty()) {
    complain(flags.group.empty() ? "topic " + flags.topic + " has no groups, and no marks"
                                 : "topic " + flags.topic + " has no group " + flags.group);
    co_return flags.group.empty() ? ok : fell_short;
  }
  co_await table.print(out, flags.json);
  co_return ok;
}

}  // namespace

void add_topic_seen(CLI::App& topic, int& code) {
  auto* const verb = topic.add_subcommand("seen", "Count what groups have settled");
  verb->footer(
      "How many messages each group is known to have settled: marks that have not expired, each\n"
      "counted once, also those of groups that are gone. Keys are looked through a thousand at a\n"
      "time: it stops nobody. Exit code 4: there is no group of that name.\n\n"
      "  sluice topic seen orders --group billing");
  const auto flags = std::make_shared<seen_flags>();
  add_url(*verb, flags->url);
  verb->add_option("topic", flags->topic, "The topic")
      ->required()
      ->check(check_name)
      ->type_name("TOPIC");
  verb->add_option("--group", flags->group, "This group alone")
      ->check(check_name)
      ->type_name("NAME");
  verb->add_option("--prefix", flags->prefix, "What all keys begin with; telstar: by default")
      ->type_name("TEXT");
  verb->add_flag("--json", flags->json, "JSON lines, for programs");
  verb->callback([&code, flags] {
    code = run(flags->url, [flags](session& here) { return show(*flags, here); });
  });
}

}  // namespace sluice::cli
