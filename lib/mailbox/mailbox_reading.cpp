#include "core/bounded.hpp"
#include "mailbox/mailbox_codec.hpp"
#include "mailbox/mailbox_core.hpp"
#include "redis/script_call.hpp"

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

asio::awaitable<mailbox_messages> mailbox_core::read(self box, waiting how_long, std::size_t most) {
  const reading alone(*box);
  if (!box->kept_.empty()) co_return std::exchange(box->kept_, {});
  if (!how_long.is_none()) {
    const auto limit = end_of(how_long, box->link_.time().now());
    mailbox_messages came = co_await box->wait_for_messages(limit, most);
    co_return came;
  }
  while (true) {
    page found = co_await box->fetch_as_fits(most, false);
    if (found.messages.empty()) co_return mailbox_messages();
    mailbox_messages taken = co_await box->take(std::move(found));
    if (!taken.empty()) co_return taken;
  }
}

asio::awaitable<mailbox_messages> mailbox_core::wait_for_messages(clock::time_point limit,
                                                                  std::size_t most) {
  while (true) {
    watch_.expect();
    page found = co_await fetch_patiently(most, limit);
    if (!found.messages.empty()) {
      mailbox_messages taken = co_await take(std::move(found));
      if (!taken.empty()) co_return taken;
      continue;
    }
    // What came between this answer and the watch has rung for nobody.
    if (std::exchange(watch_changed_, false)) continue;
    if (link_.time().now() >= limit) co_return mailbox_messages();
    co_await watch_.wait(limit);
  }
}

asio::awaitable<mailbox_core::page> mailbox_core::fetch_patiently(std::size_t most,
                                                                  clock::time_point limit) {
  while (true) {
    auto reading_once = fetch_as_fits(most, true);
    auto found = co_await as_result(std::move(reading_once));
    if (found) co_return *std::move(found);
    const auto& why = found.error();
    const auto now = link_.time().now();
    if (why.code() == errc::closed || why.code() != condition::retryable || now >= limit) throw why;
    link_.want_link();
    co_await watch_.wait(std::min(limit, now + trouble_pause));
    watch_.expect();
  }
}

// What is more than a reply may hold comes in smaller portions.
asio::awaitable<mailbox_core::page> mailbox_core::fetch_as_fits(std::size_t most, bool watched) {
  while (true) {
    auto whole = fetch(most, watched);
    auto found = co_await as_result(std::move(whole));
    if (found) co_return *std::move(found);
    if (found.error().code() != errc::reply_too_large || most == 1) throw found.error();
    most = std::max<std::size_t>(most / 8, 1);
  }
}

asio::awaitable<mailbox_core::page> mailbox_core::fetch(std::size_t most, bool watched) {
  std::vector<std::string> keys{keys_.index(id_)};
  std::vector<std::string> arguments{std::to_string(most), keys_.all_messages(),
                                     watched ? "1" : "0"};
  for (const auto& [channel, stretch] : uncommitted_) {
    arguments.insert(arguments.end(), {channel, stretch.seen, stretch.given});
  }
  reply answer = co_await redis_.exec(scripts_.fetch, std::move(keys), std::move(arguments));
  if (watched) watch(answer);
  co_return decode(answer);
}

void mailbox_core::watch(const reply& answer) {
  std::set<std::string> keys{keys_.index(id_)};
  for (const auto& channel : answer.value()[0]) keys.insert(keys_.messages(channel.text()));
  if (watch_.watch(std::move(keys))) watch_changed_ = true;
}

mailbox_core::page mailbox_core::decode(const reply& answer) const {
  page made;
  for (const auto& each : answer.value()[1]) {
    const std::string channel(each[0].text());
    auto messages = mailbox_codec::messages(each[2], how_.layout().kind());
    made.read[channel] = {std::string(each[1].text()), std::to_string(messages.back().id())};
    made.messages[channel] = std::move(messages);
  }
  return made;
}

// Positions.

std::vector<std::string> mailbox_core::keys_of(const stretches& read) const {
  std::vector<std::string> keys{keys_.index(id_)};
  for (const auto& [channel, stretch] : read) keys_.append(keys, channel);
  return keys;
}

std::vector<std::string> mailbox_core::arguments_of(const stretches& read) const {
  std::vector<std::string> made{id_, how_.commits_by_hand() ? "0" : "1",
                                std::to_string(how_.buffer())};
  for (const auto& [channel, stretch] : read) {
    made.insert(made.end(), {channel, stretch.seen, stretch.given});
  }
  return made;
}

// The positions move whatever becomes of the coroutine. Where it is cancelled meanwhile, the next
// read gives the messages.
asio::awaitable<mailbox_messages> mailbox_core::take(page found) {
  if (how_.commits_by_hand()) {
    for (auto& [channel, stretch] : found.read) uncommitted_[channel] = std::move(stretch);
    co_return std::move(found.messages);
  }
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
  script_wait step(link_);
  step.start(scripts_.commit, keys_of(found.read), arguments_of(found.read));
  if (step.pending()) co_await step.wait();
  if (step.pending()) {
    kept_ = std::move(found.messages);
    throw error(errc::cancelled, "cancelled; the next read gives what was read");
  }
  const reply answer = step.take();
  // What somebody else with this id has read meanwhile is theirs.
  std::size_t place = 0;
  for (const auto& [channel, stretch] : found.read) {
    const auto moved = answer.value()[place++].integer();
    const bool mine = moved == 1 || (moved == 2 && step.repeated());
    if (!mine) found.messages.erase(channel);
  }
  co_return std::move(found.messages);
}

asio::awaitable<void> mailbox_core::commit(self box) {
  const stretches read = box->uncommitted_;
  if (read.empty()) co_return;
  co_await box->redis_.exec(box->scripts_.commit, box->keys_of(read), box->arguments_of(read));
  for (const auto& [channel, stretch] : read) {
    const auto now = box->uncommitted_.find(channel);
    if (now == box->uncommitted_.end()) continue;
    if (now->second.given == stretch.given) box->uncommitted_.erase(now);
  }
}

}  // namespace sluice
