#include "core/bounded.hpp"
#include "mailbox/mailbox_codec.hpp"
#include "mailbox/mailbox_core.hpp"

#include "sluice/core/result.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// While the server cannot be read: a new link ends the pause.
constexpr auto trouble_pause = 1s;
// More wait for the next step, which others may be in front of.
constexpr std::size_t channels_at_once = 512;

clock::time_point end_of(waiting how_long, clock::time_point now) {
  if (how_long.is_for_ever() || how_long.limit() < 0ms) return clock::time_point::max();
  return now + bounded(how_long.limit());
}

}  // namespace

class mailbox_core::reading {
 public:
  explicit reading(mailbox_core& box) : box_(box) {
    if (std::exchange(box_.reading_, true)) {
      throw error(errc::invalid_argument, "another read of this mailbox is under way");
    }
  }
  reading(const reading&) = delete;
  reading& operator=(const reading&) = delete;
  ~reading() { box_.reading_ = false; }

 private:
  mailbox_core& box_;
};

/// Channels that are looked at; those that were not reached stay due, also where the coroutine is
/// cancelled at any of its steps.
class mailbox_core::look {
 public:
  look(due_channels& due, std::size_t most) : due_(due), channels_(due.take(most)) {}
  look(const look&) = delete;
  look& operator=(const look&) = delete;
  ~look() { due_.put_back(std::move(channels_), reached_); }

  const std::vector<std::string>& channels() const noexcept { return channels_; }
  void reached(std::size_t count) noexcept { reached_ = std::min(count, channels_.size()); }

 private:
  due_channels& due_;
  std::vector<std::string> channels_;
  std::size_t reached_ = 0;
};

asio::awaitable<mailbox_messages> mailbox_core::read(self box, waiting how_long, std::size_t most) {
  const reading alone(*box);
  if (box->link_.server().doorbell() == doorbell_state::absent) box->due_.add_unknown();
  box->hear_clock();
  if (how_long.is_none()) {
    mailbox_messages there = co_await box->read_now(most);
    co_return there;
  }
  const auto limit = end_of(how_long, box->link_.time().now());
  mailbox_messages came = co_await box->wait_for_messages(limit, most);
  co_return came;
}

// What was written before is found: its bell has rung before the answer came.
asio::awaitable<mailbox_messages> mailbox_core::read_now(std::size_t most) {
  do {
    mailbox_messages taken = co_await read_once(most);
    if (!taken.empty()) co_return taken;
    hear();
  } while (due_.any());
  co_return mailbox_messages();
}

asio::awaitable<mailbox_messages> mailbox_core::read_once(std::size_t most) {
  if (earlier_) {
    mailbox_messages kept = co_await take_earlier();
    co_return kept;
  }
  page found = co_await fetch_as_fits(most);
  if (found.messages.empty()) co_return mailbox_messages();
  // To await anything else would throw, and what was found would be due no more.
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    for (const auto& [channel, stretch] : found.read) due_.add(channel);
    throw error(errc::cancelled);
  }
  mailbox_messages taken = co_await take(std::move(found));
  co_return taken;
}

// However short the wait is, the server is asked once.
asio::awaitable<mailbox_messages> mailbox_core::wait_for_messages(clock::time_point limit,
                                                                  std::size_t most) {
  for (bool asked = false;; asked = true) {
    if (!earlier_) co_await wait_until_due(limit);
    if (asked && !earlier_ && !due_.any()) co_return mailbox_messages();
    mailbox_messages taken = co_await read_patiently(most, limit);
    if (!taken.empty()) co_return taken;
  }
}

asio::awaitable<void> mailbox_core::wait_until_due(clock::time_point limit) {
  hear();
  while (!due_.any() && link_.time().now() < limit) {
    co_await watch_.wait(std::min(limit, trusted_until_));
    hear();
    hear_clock();
  }
}

asio::awaitable<mailbox_messages> mailbox_core::read_patiently(std::size_t most,
                                                               clock::time_point limit) {
  while (true) {
    auto reading = read_once(most);
    auto taken = co_await as_result(std::move(reading));
    if (taken) co_return *std::move(taken);
    const auto& why = taken.error();
    const auto now = link_.time().now();
    if (why.code() == errc::closed || why.code() != condition::retryable || now >= limit) throw why;
    link_.want_link();
    hear();
    co_await watch_.wait(std::min(limit, now + trouble_pause));
  }
}

// What is more than a reply may hold comes in smaller portions.
asio::awaitable<mailbox_core::page> mailbox_core::fetch_as_fits(std::size_t most) {
  for (std::size_t channels = channels_at_once;;) {
    auto whole = fetch(most, channels);
    auto found = co_await as_result(std::move(whole));
    if (found) co_return *std::move(found);
    const bool smallest = most == 1 && channels == 1;
    if (found.error().code() != errc::reply_too_large || smallest) throw found.error();
    channels = std::max<std::size_t>(most == 1 ? channels / 8 : channels, 1);
    most = std::max<std::size_t>(most / 8, 1);
  }
}

asio::awaitable<mailbox_core::page> mailbox_core::fetch(std::size_t most,
                                                        std::size_t channels_to_ask) {
  hear();
  if (due_.unknown()) co_await find_channels();
  look at(due_, channels_to_ask);
  page found = co_await ask(at, most);
  co_return found;
}

// They are watched before they are looked at, so that nothing comes between.
asio::awaitable<void> mailbox_core::find_channels() {
  const auto now = link_.time().now();
  command range("ZRANGE");
  range.arg(keys_.index(id_), 0, -1).repeatable(true);
  reply answer = co_await redis_.exec(std::move(range));
  std::set<std::string> channels;
  std::set<std::string> keys{keys_.index(id_)};
  for (const auto& each : answer.value()) {
    channels.emplace(each.text());
    keys.insert(keys_.messages(each.text()));
  }
  watch_.watch(keys);
  std::erase_if(uncommitted_, [&](const auto& each) { return !channels.contains(each.first); });
  due_.set_all(std::move(channels));
  trusted_until_ = now + watch_.net();
}

asio::awaitable<mailbox_core::page> mailbox_core::ask(look& at, std::size_t most) {
  std::vector<std::string> keys{keys_.index(id_)};
  for (const auto& each : at.channels()) keys.push_back(keys_.messages(each));
  auto arguments = fetch_arguments(at.channels(), most);
  reply answer = co_await redis_.exec(scripts_.fetch, std::move(keys), std::move(arguments));
  page found = decode(answer.value()[0]);
  at.reached(static_cast<std::size_t>(answer.value()[1].integer().value_or(0)));
  co_return found;
}

std::vector<std::string> mailbox_core::fetch_arguments(const std::vector<std::string>& channels,
                                                       std::size_t most) const {
  // The rest of an answer is for the last messages, each of which may be a long one.
  const auto room = link_.options().limits().max_reply / 8;
  std::vector<std::string> made{std::to_string(most), std::to_string(room)};
  made.insert(made.end(), channels.begin(), channels.end());
  for (const auto& channel : channels) {
    const auto read = uncommitted_.find(channel);
    if (read == uncommitted_.end()) continue;
    made.insert(made.end(), {channel, read->second.seen, read->second.given});
  }
  return made;
}

mailbox_core::page mailbox_core::decode(const resp::value& found) {
  page made;
  for (const auto& each : found) {
    const std::string channel(each[0].text());
    auto messages = mailbox_codec::messages(each[2], how_.layout().kind());
    if (each[3].integer() == 1) due_.add(channel);
    made.read[channel] = {std::string(each[1].text()), std::to_string(messages.back().id())};
    made.messages[channel] = std::move(messages);
  }
  return made;
}

// Bells.

void mailbox_core::hear() {
  auto news = watch_.take_news();
  if (news.all) {
    own_rings_ = 0;
    due_.add_unknown();
  }
  const auto index = news.rings.extract(keys_.index(id_));
  if (!index.empty()) own_rings_ -= static_cast<std::int64_t>(index.mapped());
  if (own_rings_ < 0) {
    own_rings_ = 0;
    due_.add_unknown();
  }
  const auto head = keys_.all_messages().size();
  for (const auto& [key, times] : news.rings) due_.add(key.substr(head));
}

void mailbox_core::hear_clock() {
  if (link_.time().now() < trusted_until_) return;
  own_rings_ = 0;
  due_.add_unknown();
}

}  // namespace sluice
