#include "cli/box.hpp"
#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/facts_table.hpp"
#include "cli/readable.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

struct subscribers_flags {
  box_place where;
  std::string channel, removed, moved, to;
  std::optional<double> stale;
  consent agreed;

  std::chrono::milliseconds stale_age() const {
    const std::chrono::duration<double> seconds(*stale);
    return std::chrono::duration_cast<std::chrono::milliseconds>(seconds);
  }
};

std::optional<std::uint64_t> number_in(const std::string& text) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

std::string check_position(const std::string& text) {
  if (text == "earliest" || text == "latest" || number_in(text)) return {};
  return "wants earliest, latest or the number of a message, not '" + text + '\'';
}

void add_subscriber(facts_table& table, const mailbox_subscriber& what,
                    mailbox_message::time_point now) {
  json_object object;
  object.text("client", what.id())
      .number("position", what.position())
      .number("unread", what.unread());
  const auto& since = what.waiting_since();
  if (since) {
    object.number("waiting_ms", std::int64_t{age_of(*since, now).count()});
  } else {
    object.null("waiting_ms");
  }
  row cells{what.id(), std::to_string(what.position()), std::to_string(what.unread()),
            since ? readable_time(age_of(*since, now)) : "-"};
  table.add(std::move(cells), object);
}

asio::awaitable<int> show(const subscribers_flags& flags, session& here) {
  listing out(here);
  const auto now = co_await server_time(here);
  const auto all = co_await flags.where.channels(here).subscribers(flags.channel);
  facts_table table({"CLIENT", "POSITION", "UNREAD", "WAITING"}, "lrrr");
  for (const auto& each : all) add_subscriber(table, each, now);
  if (table.empty()) {
    complain("nobody subscribes to channel " + flags.channel + " in this layout");
    co_return ok;
  }
  co_await table.print(out, flags.agreed.json());
  co_return ok;
}

int complain_about_stranger(const subscribers_flags& flags, const std::string& id) {
  complain(id + " does not subscribe to channel " + flags.channel + " in this layout");
  return fell_short;
}

asio::awaitable<std::optional<mailbox_subscriber>> find(const subscribers_flags& flags,
                                                        session& here, std::string id) {
  const auto all = co_await flags.where.channels(here).subscribers(flags.channel);
  for (const auto& each : all) {
    if (each.id() == id) co_return each;
  }
  co_return std::nullopt;
}

json_object json_of(const subscribers_flags& flags, const std::string& client) {
  json_object object;
  return object.text("channel", flags.channel).text("client", client);
}

void foretell_one(const subscribers_flags& flags, const mailbox_subscriber& who,
                  const std::string& for_how_long = "") {
  flags.agreed.foretell("end the subscription of " + readable_text(who.id()) + " to " +
                            readable_text(flags.channel) + ": " + messages_text(who.unread()) +
                            " unread" + for_how_long,
                        json_of(flags, who.id()));
}

void tell_end(const subscribers_flags& flags, const std::string& client) {
  flags.agreed.tell(
      "ended the subscription of " + readable_text(client) + " to " + readable_text(flags.channel),
      json_of(flags, client));
}

asio::awaitable<int> foretell_leaving(const subscribers_flags& flags, session& here) {
  const auto who = co_await find(flags, here, flags.removed);
  if (!who) co_return complain_about_stranger(flags, flags.removed);
  foretell_one(flags, *who);
  co_return ok;
}

asio::awaitable<int> end_subscription(const subscribers_flags& flags, session& here) {
  const auto channels = flags.where.channels(here);
  const bool removed = co_await channels.remove_subscriber(flags.channel, flags.removed);
  if (!removed) co_return complain_about_stranger(flags, flags.removed);
  tell_end(flags, flags.removed);
  co_return ok;
}

asio::awaitable<int> foretell_stale(const subscribers_flags& flags, session& here) {
  const auto now = co_await server_time(here);
  const auto all = co_await flags.where.channels(here).subscribers(flags.channel);
  for (const auto& each : all) {
    const auto& since = each.waiting_since();
    if (!since || now - *since <= flags.stale_age()) continue;
    foretell_one(flags, each, ", the oldest for " + readable_time(age_of(*since, now)));
  }
  co_return ok;
}

asio::awaitable<int> end_stale(const subscribers_flags& flags, session& here) {
  const auto channels = flags.where.channels(here);
  const auto gone = co_await channels.remove_stale_subscribers(flags.channel, flags.stale_age());
  for (const auto& each : gone) tell_end(flags, each);
  co_return ok;
}

asio::awaitable<int> foretell_move(const subscribers_flags& flags, session& here) {
  const auto who = co_await find(flags, here, flags.moved);
  if (!who) co_return complain_about_stranger(flags, flags.moved);
  auto object = json_of(flags, who->id());
  object.number("position", who->position()).text("to", flags.to);
  flags.agreed.foretell("move " + readable_text(who->id()) + " in " + readable_text(flags.channel) +
                            " from " + std::to_string(who->position()) + " to " + flags.to,
                        std::move(object));
  co_return ok;
}

asio::awaitable<int> move(const subscribers_flags& flags, session& here) {
  const auto channels = flags.where.channels(here);
  const auto position = number_in(flags.to);
  const auto start = flags.to == "earliest" ? mailbox_start::earliest : mailbox_start::latest;
  auto moving = position ? channels.move_subscriber(flags.channel, flags.moved, *position)
                         : channels.move_subscriber(flags.channel, flags.moved, start);
  const bool moved = co_await std::move(moving);
  if (!moved) co_return complain_about_stranger(flags, flags.moved);
  const auto who = co_await find(flags, here, flags.moved);
  if (!who) co_return complain_about_stranger(flags, flags.moved);
  auto object = json_of(flags, who->id());
  object.number("position", who->position()).number("unread", who->unread());
  flags.agreed.tell("moved " + readable_text(flags.moved) + " in " + readable_text(flags.channel) +
                        " to " + std::to_string(who->position()) + ": " +
                        messages_text(who->unread()) + " to read",
                    std::move(object));
  co_return ok;
}

int act(const std::shared_ptr<subscribers_flags>& flags) {
  const auto& url = flags->where.url;
  const auto change = [&](auto foretell, auto act) {
    return flags->agreed.run(url, with(flags, foretell), with(flags, act));
  };
  if (!flags->removed.empty()) return change(foretell_leaving, end_subscription);
  if (flags->stale) return change(foretell_stale, end_stale);
  if (!flags->moved.empty()) return change(foretell_move, move);
  if (flags->agreed.given()) throw CLI::RequiredError("--remove, --remove-stale or --move");
  return run(url, with(flags, show));
}

}  // namespace

void add_box_subscribers(CLI::App& box, int& code) {
  auto* const verb = box.add_subcommand("subscribers", "Show who subscribes, move or remove some");
  verb->footer(
      "The slowest first: how far each is, how many messages it has not read, and for how long\n"
      "the oldest of these has been waiting. With its last subscription a channel goes. Exit\n"
      "code 4: that client does not subscribe.\n\n"
      "  sluice box subscribers news\n"
      "  sluice box subscribers news --move me --to earliest --yes\n"
      "  sluice box subscribers news --remove-stale 2592000 --dry-run");
  const auto flags = std::make_shared<subscribers_flags>();
  flags->where.add_to(*verb);
  add_channel(*verb, flags->channel);
  flags->agreed.add_json_to(*verb, "JSON lines, for programs");
  auto* const removed = verb->add_option("--remove", flags->removed, "End this client's");
  removed->check(check_name)->type_name("ID");
  auto* const stale = verb->add_option("--remove-stale", flags->stale,
                                       "End those that left a message unread for so long");
  stale->check(check_between(0.001, 1e10))->type_name("SECONDS")->excludes(removed);
  auto* const moved = verb->add_option("--move", flags->moved, "Move this client");
  moved->check(check_name)->type_name("ID")->excludes(removed)->excludes(stale);
  auto* const to = verb->add_option(
      "--to", flags->to, "Where to: earliest, latest, or behind the message of a number");
  to->check(check_position)->type_name("WHERE")->needs(moved);
  moved->needs(to);
  flags->agreed.add_to(*verb);
  verb->callback([&code, flags] { code = act(flags); });
}

}  // namespace sluice::cli
