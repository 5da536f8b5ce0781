#include "cli/box.hpp"
#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/facts_table.hpp"
#include "cli/readable.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

struct box_list_flags {
  box_place where;
  std::string removed;
  consent agreed;
};

// The slowest comes first.
void add_channel_facts(facts_table& table, const std::string& channel, std::size_t messages,
                       const std::vector<mailbox_subscriber>& subscribers,
                       mailbox_message::time_point now) {
  const std::uint64_t unread = subscribers.empty() ? 0 : subscribers.front().unread();
  const auto since = subscribers.empty() ? std::nullopt : subscribers.front().waiting_since();
  json_object object;
  object.text("channel", channel)
      .number("messages", std::uint64_t{messages})
      .number("subscribers", std::uint64_t{subscribers.size()})
      .number("unread", unread);
  if (since) {
    object.number("waiting_ms", std::int64_t{age_of(*since, now).count()});
  } else {
    object.null("waiting_ms");
  }
  row cells{channel, std::to_string(messages), std::to_string(subscribers.size()),
            std::to_string(unread), since ? readable_time(age_of(*since, now)) : "-"};
  table.add(std::move(cells), object);
}

asio::awaitable<int> show(const box_list_flags& flags, session& here) {
  listing out(here);
  const auto channels = flags.where.channels(here);
  facts_table table({"CHANNEL", "MESSAGES", "SUBSCRIBERS", "UNREAD", "WAITING"}, "lrrrr");
  const auto now = co_await server_time(here);
  const auto names = co_await channels.list();
  for (const auto& each : names) {
    const auto messages = co_await channels.count_messages(each);
    const auto subscribers = co_await channels.subscribers(each);
    add_channel_facts(table, each, messages, subscribers, now);
  }
  if (table.empty()) {
    complain("there are no channels in this layout; other ones need --layout, or --prefix");
    co_return ok;
  }
  co_await table.print(out, flags.agreed.json());
  co_return ok;
}

std::string contents_text(std::uint64_t messages, std::size_t subscribers) {
  return messages_text(messages) + " and " + std::to_string(subscribers) +
         (subscribers == 1 ? " subscription" : " subscriptions");
}

int complain_about_missing_channel(const std::string& channel) {
  complain("there is no channel " + channel + " in this layout");
  return fell_short;
}

json_object json_of(const box_list_flags& flags, std::uint64_t messages, std::size_t subscribers) {
  json_object object;
  object.text("channel", flags.removed).number("messages", messages);
  return object.number("subscribers", std::uint64_t{subscribers});
}

asio::awaitable<int> foretell_removal(const box_list_flags& flags, session& here) {
  const auto channels = flags.where.channels(here);
  const auto messages = co_await channels.count_messages(flags.removed);
  const auto subscribers = co_await channels.count_subscribers(flags.removed);
  if (messages == 0 && subscribers == 0) co_return complain_about_missing_channel(flags.removed);
  flags.agreed.foretell("remove channel " + readable_text(flags.removed) + ", with " +
                            contents_text(messages, subscribers),
                        json_of(flags, messages, subscribers));
  co_return ok;
}

asio::awaitable<int> remove(const box_list_flags& flags, session& here) {
  const auto channels = flags.where.channels(here);
  const auto messages = co_await channels.count_messages(flags.removed);
  const auto subscribers = co_await channels.count_subscribers(flags.removed);
  const bool removed = co_await channels.remove(flags.removed);
  if (!removed) co_return complain_about_missing_channel(flags.removed);
  flags.agreed.tell("removed channel " + readable_text(flags.removed) + ", with " +
                        contents_text(messages, subscribers),
                    json_of(flags, messages, subscribers));
  co_return ok;
}

}  // namespace

void add_box_list(CLI::App& box, int& code) {
  auto* const verb = box.add_subcommand("list", "Show all channels, or remove one");
  verb->footer(
      "How many messages each holds, who subscribes, how many of them the slowest has not read,\n"
      "and for how long the oldest of these has been waiting. Exit code 4: there is no channel of\n"
      "that name to remove.\n\n"
      "  sluice box list\n"
      "  sluice box list --remove news --dry-run");
  const auto flags = std::make_shared<box_list_flags>();
  flags->where.add_to(*verb);
  flags->agreed.add_json_to(*verb, "JSON lines, for programs");
  auto* const removed =
      verb->add_option("--remove", flags->removed, "Remove this channel, and all that is in it");
  removed->check(check_name)->type_name("CHANNEL");
  flags->agreed.add_to(*verb, removed);
  verb->callback([&code, flags] {
    code = flags->removed.empty()
               ? run(flags->where.url, with(flags, show))
               : flags->agreed.run(flags->where.url, with(flags, foretell_removal),
                                   with(flags, remove));
  });
}

}  // namespace sluice::cli
