#include "cli/consume_flags.hpp"

#include "cli/counts.hpp"

#include <chrono>

namespace sluice::cli {
namespace {

std::chrono::milliseconds milliseconds_in(double seconds) {
  return std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

std::string check_start(const std::string& text) {
  if (text == "earliest" || text == "latest" || entry_id::parse(text)) return {};
  return "wants earliest, latest or an id such as 1526919030474-0, not '" + text + '\'';
}

void add_reading_flags(CLI::App& verb, consume_flags& flags) {
  add_url(verb, flags.url);
  verb.add_option("streams", flags.names, "The streams")->required()->type_name("STREAM");
  verb.add_option("--start", flags.begin, "Where to begin: earliest, latest, or behind an id")
      ->check(check_start)
      ->type_name("WHERE");
  verb.add_option("--count", flags.count, "End after so many entries")
      ->check(check_count)
      ->type_name("N");
  verb.add_option("--timeout", flags.timeout, "End when nothing came for so long; 0: what is there")
      ->check(CLI::Range(0.0, 1e9))
      ->type_name("SECONDS");
}

void add_group_flags(CLI::App& verb, consume_flags& flags) {
  auto* const group = verb.add_option("--group", flags.group, "Read as a member of this group");
  group->type_name("NAME");
  verb.add_option("--consumer", flags.consumer, "The member's name; made up without it")
      ->needs(group)
      ->type_name("NAME");
  verb.add_option("--ack", flags.ack, "When an entry is done: auto, never, after-print (default)")
      ->needs(group)
      ->check(CLI::IsMember({"auto", "never", "after-print"}).description(""))
      ->type_name("WHEN");
  verb.add_option("--prefetch", flags.prefetch, "Entries read ahead; 0: only what is printed")
      ->check(CLI::Range(0, 100'000))
      ->type_name("N");
  verb.add_option("--heartbeat", flags.heartbeat, "Tell the group so often that it lives")
      ->needs(group)
      ->check(CLI::Range(0.01, 600.0))
      ->type_name("SECONDS");
  verb.add_option("--claim-timeout", flags.claim_timeout,
                  "Take over from who is silent for so long")
      ->needs(group)
      ->check(CLI::Range(0.05, 1e6))
      ->type_name("SECONDS");
  verb.add_option("--max-deliveries", flags.max_deliveries, "Then it becomes a dead letter")
      ->needs(group)
      ->check(check_count)
      ->type_name("N");
}

}  // namespace

start consume_flags::from(start otherwise) const {
  if (begin == "earliest") return start::earliest();
  if (begin == "latest") return start::latest();
  if (const auto id = entry_id::parse(begin)) return start::after(*id);
  return otherwise;
}

waiting consume_flags::how_long() const {
  if (!timeout) return waiting::for_ever();
  if (*timeout == 0) return waiting::none();
  return waiting(std::chrono::duration<double>(*timeout));
}

// What was read ahead and not printed goes back to the group at the end where leases are kept.
// Elsewhere it stays pending under the consumer's name; that is no harm only where somebody will
// come back under that name.
std::size_t consume_flags::read_ahead() const {
  if (prefetch) return *prefetch;
  const bool comes_back = !consumer.empty() && ack != "auto" && !count;
  return group.empty() || keeps_leases() || comes_back ? 100 : 0;
}

streams consume_flags::reading() const {
  const auto where = from(start::latest());
  streams what(names.front(), where);
  for (std::size_t i = 1; i < names.size(); ++i) what.stream(names[i], where);
  what.wait(how_long()).prefetch(read_ahead());
  return what;
}

group consume_flags::membership() const {
  sluice::group what(group);
  if (!consumer.empty()) what.consumer(consumer);
  for (const auto& name : names) what.stream(name);
  what.auto_create(from(start::earliest())).wait(how_long());
  what.auto_acknowledge(ack == "auto").prefetch(read_ahead());
  if (heartbeat) what.heartbeat(milliseconds_in(*heartbeat));
  if (claim_timeout) what.claim_timeout(milliseconds_in(*claim_timeout));
  if (max_deliveries) what.max_deliveries(*max_deliveries);
  return what;
}

void add_consume_flags(CLI::App& verb, consume_flags& flags) {
  add_reading_flags(verb, flags);
  add_group_flags(verb, flags);
}

void check_together(const consume_flags& flags) {
  if (flags.heartbeat && flags.claim_timeout && *flags.claim_timeout < 2 * *flags.heartbeat) {
    throw CLI::ValidationError("--claim-timeout",
                               "must be at least twice --heartbeat, or one late beat kills");
  }
  if (flags.ack == "auto" && (flags.keeps_leases() || flags.max_deliveries)) {
    throw CLI::ValidationError("--ack", "auto leaves nothing pending that could come again");
  }
}

}  // namespace sluice::cli
