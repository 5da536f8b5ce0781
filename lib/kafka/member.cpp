#include "kafka/member.hpp"

#include "kafka/failure.hpp"
#include "kafka/farewell.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace sluice::kafka {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// Others on the executor have their turn in between.
constexpr int events_a_turn = 64;
constexpr std::size_t messages_a_turn = 256;
// librdkafka leaves the group for an application that does not ask it for anything; and what rings
// no bell is found.
constexpr auto asked_every = 1s;
// Commits and partings take no longer, whatever the brokers do.
constexpr auto parting_within = 5s;
constexpr auto parting_asked_every = 20ms;
// A handler that was cancelled should end at once; one that does not is left to itself.
constexpr auto grace_of_the_cancelled = 1s;

}  // namespace

member::member(std::shared_ptr<connection> link, const settings& how, std::string group)
    : link_(std::move(link)), how_(how), group_(std::move(group)), ended_(*link_) {}

member::~member() { close(); }

// The life of an intake.

void member::open() {
  auto choices = how_.for_receiving(group_);
  std::array<char, 512> words{};
  client_ = rd_kafka_new(RD_KAFKA_CONSUMER, choices.get(), words.data(), words.size());
  if (client_ == nullptr) {
    throw error(errc::invalid_argument,
                diagnostics("librdkafka makes no consumer").server_text(words.data()));
  }
  choices.release();  // gcc12-ok: the consumer owns it now
  rd_kafka_poll_set_consumer(client_);
  queue_.reset(rd_kafka_queue_get_consumer(client_));
  bell_ = bell::hang(link_->executor(), link_->time(), weak_from_this());
  bell_->listen_to(*queue_);
}

void member::join(const std::shared_ptr<intake>& what) {
  if (ending_ != ending::none) throw error(errc::closed, "the app leaves its group");
  if (client_ == nullptr) open();
  intakes_.push_back(what);
  ++serving_;
  what->when_changed([whose = weak_from_this()] {
    if (const auto self = whose.lock()) self->proceed();
  });
  // Topics that are joined one after the other are subscribed to together.
  subscribed_ = false;
  bell_->ring();
}

void member::subscribe() {
  subscribed_ = true;
  const native_partitions topics(
      rd_kafka_topic_partition_list_new(static_cast<int>(intakes_.size())));
  for (const auto& each : intakes_) {
    rd_kafka_topic_partition_list_add(topics.get(), each->topic().c_str(), RD_KAFKA_PARTITION_UA);
  }
  const auto refused = rd_kafka_subscribe(client_, topics.get());
  if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) {
    fail(failure(refused, diagnostics("Kafka takes no subscription").group(group_)));
  }
}

asio::awaitable<void> member::drain(std::shared_ptr<intake> what) {
  auto& change = what->change();
  const auto until = what->now() + what->how().drain_within();
  while (what->in_hand() > 0 && what->now() < until) co_await change.wait(until);
  if (what->in_hand() == 0) co_return;
  what->cancel();
  const auto end = what->now() + grace_of_the_cancelled;
  while (what->in_hand() > 0 && what->now() < end) co_await change.wait(end);
}

asio::awaitable<void> member::serve(std::shared_ptr<member> self, std::shared_ptr<intake> what) {
  self->join(what);
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  while (!what->stopping()) co_await what->change().wait();
  co_await drain(what);
  if (--self->serving_ == 0) self->begin_ending();
  // Whoever is not the last leaves its partitions to the group when the last one does.
  while (self->serving_ == 0 && self->ending_ != ending::closed) co_await self->ended_.wait();
  if (what->failure()) std::rethrow_exception(what->failure());
}

// What librdkafka tells.

void member::on_bell() {
  const auto living = shared_from_this();
  if (!subscribed_ && queue_) subscribe();
  for (int served = 0; queue_; ++served) {
    if (served == events_a_turn) {
      bell_->ring();
      break;
    }
    const native_event next(rd_kafka_queue_poll(queue_.get(), 0));
    if (!next) break;
    on_event(*next);
  }
  proceed();
}

void member::on_context_end() noexcept { close(); }

void member::on_event(rd_kafka_event_t& what) {
  switch (rd_kafka_event_type(&what)) {
    case RD_KAFKA_EVENT_REBALANCE:
      return on_rebalance(what);
    case RD_KAFKA_EVENT_OFFSET_COMMIT:
      return on_committed(what);
    case RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT:
      return on_marks(what);
    case RD_KAFKA_EVENT_ERROR:
      return on_trouble(what);
    default:
      return;
  }
}

void member::on_trouble(rd_kafka_event_t& what) {
  auto code = rd_kafka_event_error(&what);
  std::string words = rd_kafka_event_error_string(&what);
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    std::array<char, 512> cause{};
    rd_kafka_fatal_error(client_, cause.data(), cause.size());
    words = cause.data();
  }
  tell(code_of(code), words);
  if (!is_final(code)) return;
  fail(failure(code, diagnostics("Kafka ends the work of this process").group(group_),
               std::move(words)));
}

void member::tell(errc reason, std::string_view text) const {
  if (!link_->has_event_handler()) return;
  link_->emit(events::carrier_troubled{.carrier = "kafka", .reason = reason, .text = text});
}

void member::fail(const error& why) {
  const auto thrown = std::make_exception_ptr(why);
  const auto all = intakes_;
  for (const auto& each : all) each->fail(thrown);
}

// Going on.

void member::proceed() {
  if (client_ == nullptr) return;
  if (std::exchange(proceeding_, true)) {
    again_ = true;
    return;
  }
  const auto living = shared_from_this();
  feed();
  proceed_revocation();
  commit_progress();
  if (link_->time().now() >= ask_again_at_) ask_marks();
  proceed_ending();
  proceeding_ = false;
  if (client_ == nullptr) return;
  if (again_) bell_->ring();
  set_alarm();
}

// Handlers that never wait put down what they were given while they are fed.
void member::feed() {
  for (int round = 0; round < 4; ++round) {
    again_ = false;
    for (const auto& each : intakes_) {
      if (!each->feed(messages_a_turn)) again_ = true;
    }
    if (!again_) return;
  }
}

// One at a time: what is done with meanwhile goes with the next.
void member::commit_progress() {
  if (!committing_.empty() || link_->time().now() < commit_again_at_) return;
  const native_partitions offsets(rd_kafka_topic_partition_list_new(4));
  for (const auto& each : partitions_) {
    const auto wanted = each->wanted_commit();
    if (!wanted) continue;
    committing_.emplace_back(each, *wanted);
    auto* const line =
        rd_kafka_topic_partition_list_add(offsets.get(), each->topic().c_str(), each->number());
    line->offset = wanted->offset;
    const auto text = write_mark(*wanted);
    if (text.empty()) continue;
    // librdkafka gives it back to free().
    line->metadata = ::strdup(text.c_str());
    line->metadata_size = text.size();
  }
  if (committing_.empty()) return;
  const auto refused =
      rd_kafka_commit_queue(client_, offsets.get(), queue_.get(), nullptr, nullptr);
  if (refused == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  committing_.clear();
  commit_again_at_ = link_->time().now() + asked_every;
  tell(code_of(refused), rd_kafka_err2str(refused));
}

void member::on_committed(rd_kafka_event_t& answer) {
  const auto asked = std::exchange(committing_, {});
  const auto whole = rd_kafka_event_error(&answer);
  const auto* const lines = rd_kafka_event_topic_partition_list(&answer);
  for (const auto& [part, mark] : asked) {
    const auto* const line = lines == nullptr ? nullptr
                                              : rd_kafka_topic_partition_list_find(
                                                    lines, part->topic().c_str(), part->number());
    const auto failed = whole != RD_KAFKA_RESP_ERR_NO_ERROR || line == nullptr ? whole : line->err;
    if (failed == RD_KAFKA_RESP_ERR_NO_ERROR) {
      part->on_committed(mark);
      continue;
    }
    commit_again_at_ = link_->time().now() + asked_every;
    if (revocation_ && code_of(failed) == errc::lease_lost) revocation_->refused = true;
    if (!link_->has_event_handler()) continue;
    link_->emit(events::acknowledgement_failed{.stream = part->topic(),
                                               .group = group_,
                                               .entries = 1,
                                               .reason = code_of(failed),
                                               .text = rd_kafka_err2str(failed)});
  }
}

void member::set_alarm() {
  auto next = link_->time().now() + asked_every;
  if (revocation_)
    next =
        std::min(next, revocation_->cancelled ? revocation_->give_up_at : revocation_->cancel_at);
  if (ending_ == ending::leaving) next = link_->time().now() + parting_asked_every;
  bell_->ring_at(next);
}

// The end.

void member::begin_ending() {
  if (client_ == nullptr) {
    ending_ = ending::closed;
    return;
  }
  ending_ = ending::committing;
  end_at_ = link_->time().now() + parting_within;
  for (const auto& each : partitions_) each->leave();
  proceed();
}

void member::proceed_ending() {
  if (ending_ == ending::none || ending_ == ending::closed) return;
  const bool late = link_->time().now() >= end_at_;
  if (ending_ == ending::committing) {
    const auto wanting = [](const auto& each) { return each->wanted_commit().has_value(); };
    const bool done =
        committing_.empty() && std::none_of(partitions_.begin(), partitions_.end(), wanting);
    if (done || late) leave_group();
  } else if (rd_kafka_consumer_closed(client_) != 0 || late) {
    close();
    ended_.open();
  }
}

// librdkafka wants another queue for its last words than the consumer's own.
void member::leave_group() {
  ending_ = ending::leaving;
  end_at_ = link_->time().now() + parting_within;
  bell::mute(*queue_);
  queue_.reset(rd_kafka_queue_new(client_));
  bell_->listen_to(*queue_);
  const native_error refused(rd_kafka_consumer_close_queue(client_, queue_.get()));
  if (refused) end_at_ = link_->time().now();
}

void member::close() noexcept {
  ending_ = ending::closed;
  if (client_ == nullptr) return;
  revocation_.reset();
  committing_.clear();
  for (const auto& each : intakes_) each->let_go();
  for (const auto& each : std::exchange(partitions_, {})) each->drop();
  bell::mute(*queue_);
  queue_.reset();
  bell_->take_down();
  say_farewell(std::exchange(client_, nullptr));
}

}  // namespace sluice::kafka
