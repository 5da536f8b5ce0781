#include "mailbox/mailbox_core.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace sluice {
namespace asio = boost::asio;

// A commit rings the bell of the index for this mailbox as well, once, just before its answer or
// behind it. Any other ring is somebody else's. Where it cannot be known whether it rang, all is
// looked at.
class mailbox_core::own_ring {
 public:
  explicit own_ring(mailbox_core& box) : box_(box) { ++box_.own_rings_; }
  own_ring(const own_ring&) = delete;
  own_ring& operator=(const own_ring&) = delete;
  ~own_ring() {
    if (!known_) box_.watch_.distrust();
  }

  void hear_answer(const reply& of) {
    for (const auto& moved : of.value()) known_ = known_ || moved.integer() == 1;
  }

 private:
  mailbox_core& box_;
  bool known_ = false;
};

std::vector<std::string> mailbox_core::keys_of(const stretches& read) const {
  std::vector<std::string> keys{keys_.index(id_)};
  for (const auto& [channel, stretch] : read) keys.push_back(keys_.messages(channel));
  return keys;
}

std::vector<std::string> mailbox_core::arguments_of(const stretches& read) const {
  std::vector<std::string> made{id_, how_.commits_by_hand() ? "0" : "1",
                                std::to_string(how_.buffer()), keys_.all_clients()};
  for (const auto& [channel, stretch] : read) {
    made.insert(made.end(), {channel, stretch.seen, stretch.given});
  }
  return made;
}

// The step goes on whatever becomes of the coroutine. Where that is cancelled meanwhile, the next
// read gives the messages, if the positions have moved.
asio::awaitable<mailbox_messages> mailbox_core::take(page found) {
  if (how_.commits_by_hand()) {
    for (auto& [channel, stretch] : found.read) uncommitted_[channel] = std::move(stretch);
    co_return std::move(found.messages);
  }
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    for (const auto& [channel, stretch] : found.read) due_.add(channel);
    throw error(errc::cancelled);
  }
  own_ring ring(*this);
  script_wait step(link_);
  step.start(scripts_.commit, keys_of(found.read), arguments_of(found.read));
  if (step.pending()) co_await step.wait();
  if (step.pending()) {
    earlier_.emplace(unfinished{std::move(found), step.share()});
    throw error(errc::cancelled, "cancelled; the next read gives what was read");
  }
  mailbox_messages mine = take_what_moved(step, std::move(found));
  ring.hear_answer(step.take());
  co_return mine;
}

asio::awaitable<mailbox_messages> mailbox_core::finish_earlier() {
  script_wait step(link_, earlier_->step);
  if (step.pending()) co_await step.wait();
  if (step.pending()) throw error(errc::cancelled, "cancelled; the next read gives what was read");
  page found = std::move(earlier_->found);
  earlier_.reset();
  co_return take_what_moved(step, std::move(found));
}

// What somebody else with this id has read meanwhile is theirs; where nothing is known of the step
// the messages are still to be read.
mailbox_messages mailbox_core::take_what_moved(const script_wait& step, page found) {
  const reply answer = step.failed() ? reply() : step.take();
  std::size_t place = 0;
  for (const auto& [channel, stretch] : found.read) {
    const auto moved = step.failed() ? 0 : answer.value()[place++].integer().value_or(0);
    const bool mine = moved == 1 || (moved == 2 && step.repeated());
    if (mine) continue;
    found.messages.erase(channel);
    due_.add(channel);
  }
  return std::move(found.messages);
}

asio::awaitable<void> mailbox_core::commit(self box) {
  const stretches read = box->uncommitted_;
  if (read.empty()) co_return;
  own_ring ring(*box);
  auto keys = box->keys_of(read);
  auto arguments = box->arguments_of(read);
  reply answer =
      co_await box->redis_.exec(box->scripts_.commit, std::move(keys), std::move(arguments));
  ring.hear_answer(answer);
  for (const auto& [channel, stretch] : read) {
    const auto now = box->uncommitted_.find(channel);
    if (now == box->uncommitted_.end()) continue;
    if (now->second.given == stretch.given) box->uncommitted_.erase(now);
  }
}

}  // namespace sluice
