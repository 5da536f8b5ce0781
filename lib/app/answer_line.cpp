#include "app/answer_line.hpp"

#include "app/json_answer.hpp"
#include "app/list_lifetime.hpp"
#include "core/json_text.hpp"
#include "redis/posting.hpp"

#include "sluice/core/error.hpp"
#include "sluice/redis/command.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

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

// So many may lie unread in a list; it is looked at again after a pause, which doubles.
constexpr std::int64_t full = 256;
constexpr clock::duration first_pause = 5ms;
constexpr clock::duration longest_pause = 500ms;
// Whoever reads nothing for nearly the life of a list is gone: by then it would have expired, had
// nothing been added.
constexpr clock::duration longest_wait = list_lifetime - 10s;

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
      list_(to.reply_stream.empty() ? to.feedback_list : std::string()),
      id_(to.id),
      group_(std::move(group)),
      change_(*link_) {}

void answer_line::refuse_unless_welcome() const {
  if (ended_) throw error(errc::already_settled, "the conversation has ended");
  const bool too_far = list_.empty() ? number_ - taken_ >= too_many : under_way_ >= too_many;
  if (open() && too_far) {
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

void answer_line::send(answer::kind kind, std::string text) {
  answer what;
  what.what = kind;
  what.id = id_;
  what.source_group = group_;
  what.number = number_ + 1;
  if (what.has_value()) ++count_;
  if (!stream_.empty()) return add(what, text);
  if (list_.empty()) return;
  std::string flaw;
  if (what.has_value()) what.value = read_json(text, flaw);
  if (kind == answer::kind::failure) what.error_text = std::move(text);
  push(what);
}

// Whoever hears it knows by the number that it came before: it may be sent twice.
void answer_line::add(const answer& what, const std::string& text) {
  const auto frame = add_frame(stream_, what, text);
  ++number_;
  ++under_way_;
  post(*link_, frame, risk::repeatable,
       [self = shared_from_this()](const resp::value& reply, const error* failure) {
         self->on_confirmed(reply, failure);
       });
}

// Sent twice as well where a link breaks. Streamback's readers know no numbers: they may see an
// answer again, which harms less than one that is missing.
void answer_line::push(const answer& what) {
  command add("LPUSH");
  add.arg(list_);
  const auto elements = write_answer_json(what);
  for (const auto& each : elements) add.arg(each);
  number_ += elements.size();
  ++under_way_;
  post_unit(*link_, {add, command("EXPIRE").arg(list_, list_lifetime.count())}, risk::repeatable,
            [self = shared_from_this()](const resp::value& replies, const error* failure) {
              --self->under_way_;
              self->on_length(failure == nullptr ? replies[0].integer().value_or(0) : 0);
            });
}

void answer_line::on_length(std::int64_t unread) {
  unread_ = unread;
  change_.open();
}

void answer_line::ask_length() {
  post(*link_, command("LLEN").arg(list_).frame(), risk::repeatable,
       [self = shared_from_this()](const resp::value& length, const error* failure) {
         self->on_length(failure == nullptr ? length.integer().value_or(0) : 0);
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
  list_.clear();
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
  if (!open() || under_way_ >= comfortable) return open();
  return list_.empty() && number_ - taken_ >= untaken;
}

// A responder that never has to wait would leave no time for anything else, its cancellation
// included.
asio::awaitable<void> answer_line::let_others_go_on() {
  const auto here = co_await asio::this_coro::executor;
  co_await asio::post(here, asio::use_awaitable);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
}

asio::awaitable<void> answer_line::room(std::shared_ptr<answer_line> self) {
  auto look_at = self->link_->time().now() + looked_for_every;
  while (self->crowded() && !self->link_->closed() && !self->failure_) {
    co_await self->change_.wait(look_at);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
    if (self->link_->time().now() < look_at) continue;
    look_at += looked_for_every;
    if (self->crowded() && !self->stream_.empty()) self->look_for_the_listener();
  }
  if (self->failure_) throw *self->failure_;
  if (!self->open()) co_await let_others_go_on();
  if (self->unread_ >= full) co_await until_read(self);
}

asio::awaitable<void> answer_line::until_read(std::shared_ptr<answer_line> self) {
  auto least = self->unread_;
  auto pause = first_pause;
  auto give_up = self->link_->time().now() + longest_wait;
  while (self->unread_ >= full && !self->link_->closed()) {
    if (self->link_->time().now() >= give_up) {
      self->on_listener_gone();
      co_await let_others_go_on();
      co_return;
    }
    co_await self->change_.wait(self->link_->time().now() + pause);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
    if (self->unread_ < least) {
      least = self->unread_;
      give_up = self->link_->time().now() + longest_wait;
    }
    pause = std::min(2 * pause, longest_pause);
    self->ask_length();
  }
}

}  // namespace sluice
