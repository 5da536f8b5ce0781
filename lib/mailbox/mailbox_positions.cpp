#include "core/bounded.hpp"
#include "mailbox/mailbox_core.hpp"

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

asio::awaitable<mailbox_messages> mailbox_core::take(page found) {
  if (how_.commits_by_hand()) {
    for (auto& [channel, stretch] : found.read) uncommitted_[channel] = std::move(stretch);
    co_return std::move(found.messages);
  }
  earlier_.emplace().found = std::move(found);
  mailbox_messages taken = co_await take_earlier();
  co_return taken;
}

// The step goes on whatever becomes of the coroutine. Where that is cancelled meanwhile, or nobody
// knows what came of the step, the next read goes on here, so that no message goes with an answer.
asio::awaitable<mailbox_messages> mailbox_core::take_earlier() {
  own_ring ring(*this);
  begin_moving(*earlier_);
  script_wait step(link_, earlier_->step);
  if (step.pending()) co_await step.wait();
  if (step.pending()) throw error(errc::cancelled, "cancelled; the next read gives what was read");
  const reply answer = step.take();
  ring.hear_answer(answer);
  auto found = std::move(earlier_->found);
  const bool repeated = step.repeated() || earlier_->in_doubt;
  earlier_.reset();
  co_return take_what_moved(answer, std::move(found), repeated);
}

void mailbox_core::begin_moving(unfinished& what) {
  if (what.step != nullptr) {
    const script_wait earlier(link_, what.step);
    if (!earlier.failed()) return;
    what.in_doubt = true;
  }
  const auto limit = link_.options().timeout();
  const auto deadline =
      limit.count() == 0 ? clock::time_point::max() : link_.time().now() + bounded(limit);
  script_wait step(link_);
  step.start(scripts_.commit, keys_of(what.found.read), arguments_of(what.found.read), nullptr,
             deadline);
  what.step = step.share();
}

// What somebody else with this id has read meanwhile is theirs.
mailbox_messages mailbox_core::take_what_moved(const reply& answer, page found, bool repeated) {
  std::size_t place = 0;
  for (const auto& [channel, stretch] : found.read) {
    const auto moved = answer.value()[place++].integer().value_or(0);
    const bool mine = moved == 1 || (moved == 2 && repeated);
    if (mine) continue;
    found.messages.erase(channel);
    due_.add(channel);
  }
  return std::move(found.messages);
}

asio::awaitable<void> mailbox_core::commit(self box) {
  stretches read = box->uncommitted_;
  if (!read.empty()) co_await box->commit(std::move(read));
}

asio::awaitable<void> mailbox_core::commit(self box, std::string channel, std::uint64_t number) {
  const auto read = box->uncommitted_.find(channel);
  const auto is_given = [&] {
    return std::stoull(read->second.seen) < number && number <= std::stoull(read->second.given);
  };
  if (read == box->uncommitted_.end() || !is_given()) co_return;
  stretches part;
  part[std::move(channel)] = {read->second.seen, std::to_string(number)};
  co_await box->commit(std::move(part));
}

// A read may have gone on meanwhile.
asio::awaitable<void> mailbox_core::commit(stretches read) {
  own_ring ring(*this);
  auto keys = keys_of(read);
  auto arguments = arguments_of(read);
  reply answer = co_await redis_.exec(scripts_.commit, std::move(keys), std::move(arguments));
  ring.hear_answer(answer);
  for (const auto& [channel, stretch] : read) {
    const auto now = uncommitted_.find(channel);
    if (now == uncommitted_.end()) continue;
    if (now->second.given == stretch.given) {
      uncommitted_.erase(now);
    } else {
      now->second.seen = stretch.given;
    }
  }
}

}  // namespace sluice
