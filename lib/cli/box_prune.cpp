#include "cli/box.hpp"
#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/readable.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

constexpr std::size_t messages_a_page = 100;

struct box_prune_flags {
  box_place where;
  std::string channel;
  bool read = false;
  std::optional<std::uint64_t> keep;
  std::optional<double> older_than;
  consent agreed;

  std::chrono::milliseconds age() const {
    const std::chrono::duration<double> seconds(*older_than);
    return std::chrono::duration_cast<std::chrono::milliseconds>(seconds);
  }
  mailbox_prune what() const {
    if (keep) return mailbox_prune::keep(*keep);
    if (older_than) return mailbox_prune::older_than(age());
    return mailbox_prune::read_by_all();
  }
};

json_object json_of(const box_prune_flags& flags, std::uint64_t stored, std::uint64_t gone) {
  json_object object;
  return object.text("channel", flags.channel).number("messages", stored).number("removed", gone);
}

int complain_about_no_messages(const box_prune_flags& flags) {
  complain("there are no messages in channel " + flags.channel + " of this layout");
  return fell_short;
}

asio::awaitable<std::uint64_t> count_older(const box_prune_flags& flags, session& here) {
  const auto channels = flags.where.channels(here);
  const auto now = co_await server_time(here);
  std::uint64_t older = 0;
  std::uint64_t last = 0;
  while (true) {
    const auto page = co_await channels.messages(flags.channel, messages_a_page, last);
    for (const auto& each : page) {
      if (now - each.time() <= flags.age()) co_return older;
      ++older;
    }
    if (page.empty()) co_return older;
    last = page.back().id();
  }
}

asio::awaitable<int> foretell(const box_prune_flags& flags, session& here) {
  const auto channels = flags.where.channels(here);
  const std::uint64_t stored = co_await channels.count_messages(flags.channel);
  if (stored == 0) co_return complain_about_no_messages(flags);
  const auto subscribers = co_await channels.subscribers(flags.channel);
  // Where nobody subscribes nobody misses anything.
  const auto unread = subscribers.empty() ? 0 : subscribers.front().unread();
  std::uint64_t gone = subscribers.empty() ? 0 : stored - std::min(unread, stored);
  if (flags.keep) gone = stored - std::min(*flags.keep, stored);
  if (flags.older_than) gone = co_await count_older(flags, here);
  std::string line = "remove " + messages_text(gone) + " of " + std::to_string(stored) + " in " +
                     readable_text(flags.channel);
  const auto left_unread = gone + unread > stored ? gone + unread - stored : 0;
  if (left_unread > 0) line += ", of which somebody has not read " + std::to_string(left_unread);
  auto object = json_of(flags, stored, gone);
  flags.agreed.foretell(line, object.number("unread", left_unread));
  co_return ok;
}

asio::awaitable<int> prune(const box_prune_flags& flags, session& here) {
  const auto channels = flags.where.channels(here);
  const std::uint64_t stored = co_await channels.count_messages(flags.channel);
  if (stored == 0) co_return complain_about_no_messages(flags);
  const auto gone = co_await channels.prune(flags.channel, flags.what());
  // Which of them were unread nobody knows who was not there in between.
  auto object = json_of(flags, stored, gone);
  flags.agreed.tell("removed " + messages_text(gone) + " of " + readable_text(flags.channel),
                    object.null("unread"));
  co_return ok;
}

}  // namespace

void add_box_prune(CLI::App& box, int& code) {
  auto* const verb = box.add_subcommand("prune", "Remove messages of a channel");
  verb->footer(
      "Those who had not read what is removed go on with what is left. Exit code 4: the channel\n"
      "holds no messages.\n\n"
      "  sluice box prune news --read --yes\n"
      "  sluice box prune news --older-than 604800 --dry-run");
  const auto flags = std::make_shared<box_prune_flags>();
  flags->where.add_to(*verb);
  add_channel(*verb, flags->channel);
  auto* const read =
      verb->add_flag("--read", flags->read, "What all subscribers have read; nothing without any");
  auto* const keep = verb->add_option("--keep", flags->keep, "All but the last N");
  keep->check(CLI::NonNegativeNumber.description(""))->type_name("N")->excludes(read);
  verb->add_option("--older-than", flags->older_than, "What was written longer ago")
      ->check(check_between(0.001, 1e10))
      ->type_name("SECONDS")
      ->excludes(read)
      ->excludes(keep);
  flags->agreed.add_to(*verb);
  flags->agreed.add_json_to(*verb);
  verb->callback([&code, flags] {
    if (!flags->read && !flags->keep && !flags->older_than) {
      throw CLI::RequiredError("--read, --keep or --older-than");
    }
    code = flags->agreed.run(flags->where.url, with(flags, foretell), with(flags, prune));
  });
}

}  // namespace sluice::cli
