#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/dead.hpp"
#include "cli/group_address.hpp"
#include "cli/json_entry.hpp"
#include "cli/listing.hpp"
#include "cli/place_in_time.hpp"
#include "cli/readable.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/admin/stream_desk.hpp>
#include <sluice/stream/consumer.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

constexpr std::size_t most_at_once = 64;

struct tail_flags {
  std::string url = default_url;
  std::string stream, id;
  std::size_t lines = 10;
  bool follow = false;
  bool json = false;
};

template <class Fields>
std::string line_for_people(entry_id id, const Fields& fields) {
  auto line = wall_clock_text(id) + "  " + id.to_string() + " ";
  for (const auto& [name, value] : fields) {
    line.append(" ").append(readable_text(name)).append("=").append(readable_text(value));
  }
  return line;
}

std::string line_of(const tail_flags& flags, const admin::stored_entry& what) {
  if (!flags.json) return line_for_people(what.id, what.fields);
  std::string line = "{\"stream\":";
  append_json_string(line, flags.stream);
  line.append(",\"id\":\"").append(what.id.to_string()).append("\",\"fields\":");
  append_json_fields(line, field_views(what.fields.begin(), what.fields.end()));
  return line.append("}");
}

asio::awaitable<int> show_one(const tail_flags& flags, session& here) {
  listing out(here);
  const admin::stream_desk desk(here.redis, flags.stream);
  const auto found = co_await desk.find(id_in(flags.id));
  if (!found) {
    complain("there is no entry " + flags.id + " in " + flags.stream);
    co_return fell_short;
  }
  std::vector<std::string> lines(1, line_of(flags, *found));
  co_await out.print(std::move(lines));
  co_return ok;
}

asio::awaitable<int> show_last(const tail_flags& flags, session& here) {
  listing out(here);
  if (flags.follow) out.end_with_reader();
  auto reading = streams(flags.stream, start::last(flags.lines));
  reading.wait(flags.follow ? waiting::for_ever() : waiting::none());
  consumer from(here.redis, std::move(reading));
  bool wanted = true;
  for (std::size_t left = flags.lines; wanted && (flags.follow || left > 0);) {
    const auto most = flags.follow ? most_at_once : left;
    const auto batch = co_await from.get_batch(most);
    if (batch.empty()) break;
    left -= std::min(left, batch.size());
    std::vector<std::string> lines;
    for (const auto& each : batch) {
      lines.push_back(flags.json ? json_line(each) : line_for_people(each.id(), each.fields()));
    }
    wanted = co_await out.print(std::move(lines));
  }
  co_return ok;
}

}  // namespace

void add_tail(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("tail", "Show the last entries of a stream, for people");
  verb->footer(
      "When each was added (UTC), its id and its fields. With --json the lines of sluice consume.\n"
      "It belongs to no group and takes nothing from one. Exit code 4: there is no entry of that\n"
      "id.\n\n"
      "  sluice tail orders --follow");
  const auto flags = std::make_shared<tail_flags>();
  add_url(*verb, flags->url);
  add_stream(*verb, flags->stream);
  auto* const lines = verb->add_option("--lines", flags->lines, "How many; 10 by default");
  lines->check(check_count)->type_name("N");
  auto* const follow =
      verb->add_flag("--follow", flags->follow, "And those that come, till Ctrl-C");
  verb->add_option("--id", flags->id, "This one alone")
      ->check(check_id)
      ->type_name("ID")
      ->excludes(lines)
      ->excludes(follow);
  verb->add_flag("--json", flags->json, "JSON lines, for programs");
  verb->callback([&code, flags] {
    code = run(flags->url, [flags](session& here) {
      return flags->id.empty() ? show_last(*flags, here) : show_one(*flags, here);
    });
  });
}

}  // namespace sluice::cli
