#include "sluice/mailbox/mailbox_channels.hpp"

#include "core/bounded.hpp"
#include "mailbox/box_keys.hpp"
#include "mailbox/box_scripts.hpp"
#include "mailbox/locked_step.hpp"
#include "mailbox/mailbox_codec.hpp"
#include "mailbox/mailbox_core.hpp"

#include "sluice/core/result.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

constexpr std::chrono::milliseconds lock_patience = 10s;
// What the script removes at a time, by age.
constexpr std::uint64_t pruned_at_once = 100;

struct place {
  client redis;
  mailbox_layout where;

  box_keys keys() const { return box_keys(where.prefix()); }
  const box_scripts& scripts() const { return box_scripts::of(where.kind()); }
};

asio::awaitable<std::uint64_t> change(client redis, const script& what, words keys,
                                      words arguments) {
  reply answer = co_await run_unlocked(std::move(redis), what, std::move(keys),
                                       std::move(arguments), lock_patience);
  co_return answer.as<std::uint64_t>();
}

asio::awaitable<bool> change_any(client redis, const script& what, words keys, words arguments) {
  const auto count = co_await change(std::move(redis), what, std::move(keys), std::move(arguments));
  co_return count > 0;
}

asio::awaitable<std::vector<std::string>> run_channel_list(place at) {
  const auto keys = at.keys();
  std::set<std::string> names;
  std::string cursor = "0";
  do {
    command scan("SCAN");
    scan.arg(cursor, "MATCH", keys.pattern(), "COUNT", 1'000).repeatable(true);
    reply page = co_await at.redis.exec(std::move(scan));
    cursor = page.value()[0].text();
    for (const auto& key : page.value()[1]) {
      const auto channel = keys.channel_of(key.text());
      if (!channel.empty()) names.emplace(channel);
    }
  } while (cursor != "0");
  co_return words(names.begin(), names.end());
}

asio::awaitable<std::size_t> run_size(client redis, command what) {
  reply answer = co_await redis.exec(std::move(what));
  co_return answer.as<std::size_t>();
}

asio::awaitable<std::vector<mailbox_subscriber>> run_subscribers(place at, std::string channel) {
  words keys;
  at.keys().append(keys, channel);
  reply answer = co_await at.redis.exec(at.scripts().subscribers, std::move(keys), words());
  std::vector<mailbox_subscriber> found;
  for (const auto& each : answer.value()) found.push_back(mailbox_codec::subscriber(each));
  co_return found;
}

// `still` is where it has to stand for it; empty for wherever.
asio::awaitable<bool> run_removal(place at, std::string channel, std::string id,
                                  std::string still) {
  words keys{at.keys().index(id)};
  at.keys().append(keys, channel);
  words arguments;
  arguments.push_back(std::move(id));
  // How much stays behind the others is for them to say, as they read on.
  arguments.push_back(std::to_string(UINT64_MAX));
  arguments.push_back(std::move(still));
  arguments.push_back(std::move(channel));
  return change_any(std::move(at.redis), at.scripts().unsubscribe, std::move(keys),
                    std::move(arguments));
}

asio::awaitable<words> run_stale_removal(place at, std::string channel,
                                         std::chrono::milliseconds age) {
  reply time = co_await at.redis.exec("TIME");
  const auto parts = time.as<words>();
  const mailbox_message::time_point now(std::chrono::seconds(std::stoll(parts.at(0))) +
                                        std::chrono::microseconds(std::stoll(parts.at(1))));
  const auto all = co_await run_subscribers(at, channel);
  words gone;
  for (const auto& each : all) {
    if (!each.waiting_since() || now - *each.waiting_since() <= bounded(age)) continue;
    auto still = std::to_string(each.position());
    const bool removed = co_await run_removal(at, channel, each.id(), std::move(still));
    if (removed) gone.push_back(each.id());
  }
  co_return gone;
}

asio::awaitable<std::vector<mailbox_message>> run_messages(place at, std::string channel,
                                                           std::size_t most, std::uint64_t after) {
  words keys;
  at.keys().append(keys, channel);
  while (true) {
    words arguments{std::to_string(after), std::to_string(most)};
    auto whole = at.redis.exec(at.scripts().messages, keys, std::move(arguments));
    auto found = co_await as_result(std::move(whole));
    if (found) co_return mailbox_codec::messages(found->value(), at.where.kind());
    if (found.error().code() != errc::reply_too_large || most == 1) throw found.error();
    most = std::max<std::size_t>(most / 8, 1);
  }
}

asio::awaitable<std::size_t> run_pruning(place at, std::string channel, std::string kind,
                                         std::uint64_t number) {
  words keys;
  at.keys().append(keys, channel);
  const words arguments{kind, std::to_string(number), at.keys().all_indexes(), channel};
  std::size_t gone = 0;
  while (true) {
    const auto some = co_await change(at.redis, at.scripts().prune, keys, arguments);
    gone += some;
    if (kind != "age" || some < pruned_at_once) co_return gone;
  }
}

asio::awaitable<bool> run_move(place at, std::string channel, std::string id, std::string where) {
  words keys{at.keys().index(id)};
  at.keys().append(keys, channel);
  words arguments;
  arguments.push_back(std::move(id));
  arguments.push_back(std::move(where));
  arguments.emplace_back("1");
  arguments.push_back(std::move(channel));
  return change_any(std::move(at.redis), at.scripts().subscribe, std::move(keys),
                    std::move(arguments));
}

}  // namespace

mailbox_channels::mailbox_channels(client redis, mailbox_layout where)
    : redis_(std::move(redis)), where_(std::move(where)) {}

asio::awaitable<std::vector<std::string>> mailbox_channels::list() const {
  return run_channel_list(place{redis_, where_});
}

asio::awaitable<bool> mailbox_channels::remove(std::string_view channel) const {
  const box_keys names(where_.prefix());
  words keys;
  names.append(keys, channel);
  words arguments{names.all_indexes(), std::string(channel)};
  return change_any(redis_, box_scripts::of(where_.kind()).remove, std::move(keys),
                    std::move(arguments));
}

asio::awaitable<std::size_t> mailbox_channels::count_subscribers(std::string_view channel) const {
  command count("ZCARD");
  count.arg(box_keys(where_.prefix()).clients(channel)).repeatable(true);
  return run_size(redis_, std::move(count));
}

asio::awaitable<std::vector<mailbox_subscriber>> mailbox_channels::subscribers(
    std::string_view channel) const {
  return run_subscribers(place{redis_, where_}, std::string(channel));
}

asio::awaitable<bool> mailbox_channels::move_subscriber(std::string_view channel,
                                                        std::string_view id,
                                                        std::uint64_t position) const {
  return run_move(place{redis_, where_}, std::string(channel), std::string(id),
                  std::to_string(position));
}

asio::awaitable<bool> mailbox_channels::move_subscriber(std::string_view channel,
                                                        std::string_view id,
                                                        mailbox_start where) const {
  return run_move(place{redis_, where_}, std::string(channel), std::string(id),
                  mailbox_core::name_of(where));
}

asio::awaitable<bool> mailbox_channels::remove_subscriber(std::string_view channel,
                                                          std::string_view id) const {
  return run_removal(place{redis_, where_}, std::string(channel), std::string(id), {});
}

asio::awaitable<std::vector<std::string>> mailbox_channels::remove_stale_subscribers(
    std::string_view channel, std::chrono::milliseconds age) const {
  if (age <= 0ms) throw error(errc::invalid_argument, "an age that is not positive");
  return run_stale_removal(place{redis_, where_}, std::string(channel), age);
}

asio::awaitable<std::size_t> mailbox_channels::count_messages(std::string_view channel) const {
  command count(where_.kind() == mailbox_layout::form::native ? "XLEN" : "ZCARD");
  count.arg(box_keys(where_.prefix()).messages(channel)).repeatable(true);
  return run_size(redis_, std::move(count));
}

asio::awaitable<std::vector<mailbox_message>> mailbox_channels::messages(
    std::string_view channel, std::size_t most, std::uint64_t after) const {
  if (most == 0) throw error(errc::invalid_argument, "a list of no messages");
  return run_messages(place{redis_, where_}, std::string(channel), most, after);
}

asio::awaitable<std::size_t> mailbox_channels::prune(std::string_view channel,
                                                     mailbox_prune what) const {
  using kind = mailbox_prune::kind;
  if (what.kind_ == kind::age && what.number_ == 0) {
    throw error(errc::invalid_argument, "an age that is not positive");
  }
  const place at{redis_, where_};
  if (what.kind_ == kind::age) {
    return run_pruning(at, std::string(channel), "age",
                       std::min(what.number_, UINT64_MAX / 1'000) * 1'000);
  }
  return run_pruning(at, std::string(channel), what.kind_ == kind::read ? "read" : "length",
                     what.number_);
}

}  // namespace sluice
