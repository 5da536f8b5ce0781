#include "app/answer_line.hpp"

#include "app/posting.hpp"
#include "core/json_text.hpp"

#include "sluice/core/error.hpp"
#include "sluice/redis/command.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// So many are under way before a responder should wait, and so many may wait to be taken; the third
// is where one that never waits is stopped.
constexpr std::size_t comfortable = 64;
constexpr std::uint64_t untaken = 256;
constexpr std::uint64_t too_many = 4'096;
// A listener that takes nothing may be slow, or gone.
constexpr auto looked_for_every = 5s;

std::string add_frame(const std::string& stream, const answer& what, const std::string& text) {
  const auto words = encode_answer(what, text);
  command add("XADD");
  add.arg(stream, "NOMKSTREAM", "*");
  auto frame = add.encoded() + words.encoded();
  return '*' + std::to_string(add.size() + 2 * words.size()) + "\r\n" + frame;
}

}  // namespace

answer_line::answer_line(std::shared_ptr<connection> link, const envelope& to, std::string group)
    : link_(std::move(link)),
      stream_(to.reply_stream),
      id_(to.id),
      group_(std::move(group)),
      change_(*link_) {}

void answer_line::refuse_unless_welcome() const {
  if (ended_) throw error(errc::already_settled, "the conversation has ended");
  if (number_ - taken_ >= too_many) {
    throw error(errc::overloaded,
                "thousands of answers wait to be taken: await room() between them");
  }
}

void answer_line::respond(const boost::json::value& what) {
  refuse_unless_welcome();
  auto text = write_json(what, "the answer");
  send_held();
  send(answer::kind::response, std::move(text));
}

void answer_line::respond_last(const boost::json::value& what) {
  refuse_unless_welcome();
  auto text = write_json(what, "the answer");
  send_held();
  held_ = std::move(text);
}

void answer_line::send_held() {
  if (held_) send(answer::kind::response, *std::exchange(held_, std::nullopt));
}

void answer_line::end(const std::string& error_text) {
  if (!error_text.empty()) send_held();
  if (held_) {
    send(answer::kind::last_response, *std::exchange(held_, std::nullopt));
  } else if (error_text.empty()) {
    send(answer::kind::end, {});
  } else {
    send(answer::kind::failure, error_text);
  }
  ended_ = true;
}

// Whoever hears it knows by the number that it came before: it may be sent twice.
void answer_line::send(answer::kind kind, std::string text) {
  answer what;
  what.what = kind;
  what.id = id_;
  what.source_group = group_;
  what.number = number_ + 1;
  if (what.has_value()) ++count_;
  if (stream_.empty()) return;
  const auto frame = add_frame(stream_, what, text);
  ++number_;
  ++under_way_;
  post(*link_, frame, risk::repeatable,
       [self = shared_from_this()](const resp::value& reply, const error* failure) {
         self->on_confirmed(reply, failure);
       });
}

void answer_line::on_confirmed(const resp::value& reply, const error* failure) {
  --under_way_;
  change_.open();
  if (failure != nullptr) {
    failure_ = *failure;
  } else if (reply.is_null()) {
    on_listener_gone();
  }
}

void answer_line::on_taken(std::uint64_t number) {
  // Never more than there were, whatever somebody claims.
  taken_ = std::max(taken_, std::min(number, number_));
  change_.open();
}

void answer_line::on_unheard() {
  stream_.clear();
  change_.open();
}

void answer_line::on_listener_gone() {
  on_unheard();
  if (const auto tell = std::exchange(on_abandoned_, nullptr)) tell();
}

// Its stream goes when its process does.
void answer_line::look_for_the_listener() {
  command look("EXISTS");
  look.arg(stream_);
  post(*link_, look.frame(), risk::repeatable,
       [self = shared_from_this()](const resp::value& reply, const error* failure) {
         if (failure == nullptr && reply.integer() == 0) self->on_listener_gone();
       });
}

bool answer_line::crowded() const noexcept {
  return open() && (under_way_ >= comfortable || number_ - taken_ >= untaken);
}

asio::awaitable<void> answer_line::room(std::shared_ptr<answer_line> self) {
  auto look_at = self->link_->time().now() + looked_for_every;
  while (self->crowded() && !self->link_->closed() && !self->failure_) {
    co_await self->change_.wait(look_at);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
    if (self->link_->time().now() < look_at) continue;
    look_at += looked_for_every;
    if (self->crowded()) self->look_for_the_listener();
  }
  if (self->failure_) throw *self->failure_;
}

}  // namespace sluice
