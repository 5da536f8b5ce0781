#include "cli/checks.hpp"
#include "cli/group_address.hpp"
#include "cli/json_entry.hpp"
#include "cli/listing.hpp"
#include "cli/pending_entries.hpp"
#include "cli/readable.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

struct pending_flags : group_address {
  std::string consumer;
  std::size_t count = std::numeric_limits<std::size_t>::max();
  double idle = 0;  // seconds
  bool json = false;
  bool with_fields = false;
};

std::string holder(const std::string& consumer) {
  if (consumer == given_back) return "(given back)";
  if (consumer == taken_from_the_dead) return "(taken from the dead)";
  return readable_text(consumer);
}

std::string fields_text(const pending_entry& of) {
  if (!of.fields) return "null";
  std::string text;
  append_json_fields(text, field_views(of.fields->begin(), of.fields->end()));
  return text;
}

std::string json_of(const pending_flags& flags, const pending_entry& what) {
  std::string line = "{\"stream\":";
  append_json_string(line, flags.stream);
  line.append(",\"id\":\"").append(what.id).append("\",\"consumer\":");
  append_json_string(line, what.consumer);
  line.append(",\"idle_ms\":").append(std::to_string(what.idle.count()));
  line.append(",\"deliveries\":").append(std::to_string(what.deliveries));
  if (what.due) {
    const auto due = std::max<std::int64_t>(what.due->count(), 0);
    line.append(",\"due_in_ms\":").append(std::to_string(due));
  }
  if (flags.with_fields) line.append(",\"fields\":").append(fields_text(what));
  return line.append("}");
}

/// The lines for people: a summary, then a table.
class pending_table {
 public:
  explicit pending_table(const pending_flags& flags) : flags_(flags) {}

  std::vector<std::string> head(const pending_summary& what);
  std::string row(const pending_entry& what) const;

 private:
  const pending_flags& flags_;
  std::size_t holder_width_ = width_of("consumer");
};

std::vector<std::string> pending_table::head(const pending_summary& what) {
  std::vector<std::string> lines;
  lines.push_back(std::to_string(what.total) + (what.total == 1 ? " entry" : " entries") + " of " +
                  readable_text(flags_.stream) + " pending in group " +
                  readable_text(flags_.group));
  if (what.total == 0) return lines;
  lines.push_back("oldest " + what.oldest + ", added " + readable_time(what.age) + " ago");
  for (const auto& [name, entries] : what.consumers) {
    holder_width_ = std::max(holder_width_, width_of(holder(name)));
  }
  for (const auto& [name, entries] : what.consumers) {
    lines.push_back("  " + left_in(holder_width_, holder(name)) + std::to_string(entries));
  }
  lines.emplace_back();
  lines.push_back(left_in(20, "id") + left_in(holder_width_, "consumer") + right_in(12, "idle") +
                  "deliveries");
  return lines;
}

std::string pending_table::row(const pending_entry& what) const {
  auto line = left_in(20, what.id) + left_in(holder_width_, holder(what.consumer)) +
              right_in(12, readable_time(what.idle)) +
              right_in(10, std::to_string(what.deliveries));
  if (what.due) line += what.due->count() > 0 ? "due in " + readable_time(*what.due) : "due now";
  if (flags_.with_fields) line += (what.due ? "  " : "") + fields_text(what);
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

asio::awaitable<int> show(const pending_flags& flags, session& here) {
  listing out(here);
  const auto idle = std::chrono::milliseconds(std::llround(flags.idle * 1'000));
  pending_entries entries(here.redis, flags.stream, flags.group, flags.consumer, idle);
  pending_table table(flags);
  bool wanted = true;
  // Also for its word that the stream and the group are there.
  const auto summary = co_await entries.summarize();
  if (!flags.json) {
    auto head = table.head(summary);
    wanted = co_await out.print(std::move(head));
  }
  for (auto left = flags.count; wanted;) {
    const auto page = co_await entries.next(left, flags.with_fields);
    if (page.empty()) break;
    left -= page.size();
    std::vector<std::string> lines;
    for (const auto& each : page) {
      lines.push_back(flags.json ? json_of(flags, each) : table.row(each));
    }
    wanted = co_await out.print(std::move(lines));
  }
  co_return ok;
}

}  // namespace

void add_pending(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("pending", "Show what a group took and did not settle");
  verb->footer(
      "Of each entry: who has it, how long it has been idle, how often it was delivered. Entries\n"
      "that are nobody's wait for any member of the library: given back, or taken from a member\n"
      "that died. With --json an entry a line:\n"
      "{\"stream\":\"…\",\"id\":\"…\",\"consumer\":\"…\",\"idle_ms\":0,\"deliveries\":1}; where "
      "it\n"
      "is nobody's the consumer is sluice:released or sluice:orphaned, and due_in_ms says when it\n"
      "may be taken. Deleted fields are null.\n\n"
      "  sluice pending orders --group billing");
  const auto flags = std::make_shared<pending_flags>();
  add_group_address(*verb, *flags);
  verb->add_option("--consumer", flags->consumer, "Only what this one has")
      ->check(check_name)
      ->type_name("NAME");
  verb->add_option("--idle", flags->idle, "Only what nobody has touched for so long")
      ->check(check_between(0, 1e9))
      ->type_name("SECONDS");
  verb->add_option("--count", flags->count, "At most so many entries")
      ->check(check_count)
      ->type_name("N");
  verb->add_flag("--json", flags->json, "JSON lines, for programs");
  verb->add_flag("--fields", flags->with_fields, "The fields as well");
  verb->callback([&code, flags] {
    code = run(flags->url, [flags](session& here) { return show(*flags, here); });
  });
}

}  // namespace sluice::cli
