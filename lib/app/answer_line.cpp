#include "app/answer_line.hpp"

#include "app/json_answer.hpp"
#include "app/list_lifetime.hpp"
#include "app/posting.hpp"

#include "sluice/core/error.hpp"
#include "sluice/redis/command.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// So many are under way before a responder should wait, and before it must.
constexpr std::size_t comfortable = 64;
constexpr std::size_t too_many = 4'096;

// So many may lie unread in a list; it is looked at again after a pause, which doubles.
constexpr std::int64_t full = 256;
constexpr clock::duration first_pause = 5ms;
constexpr clock::duration longest_pause = 500ms;
// When nobody reads for so long, nobody does: the list expires.
constexpr clock::duration longest_wait = 30s;

std::string add_frame(const std::string& stream, const answer& what) {
  const auto words = encode_answer(what);
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

void answer_line::respond(boost::json::value what) {
  if (ended_) throw error(errc::already_settled, "the conversation has ended");
  if (!open()) return;
  if (under_way_ >= too_many) {
    throw error(errc::overloaded,
                "thousands of answers are on their way: await room() between them");
  }
  answer next;
  next.value = std::move(what);
  send(std::move(next));
}

void answer_line::end(const std::string& error_text) {
  if (!open()) return;
  ended_ = true;
  answer last;
  last.what = error_text.empty() ? answer::kind::end : answer::kind::failure;
  last.error_text = error_text;
  send(std::move(last));
}

// Whoever hears it knows by the number that it came before: it may be sent twice.
void answer_line::send(answer what) {
  what.id = id_;
  what.source_group = group_;
  what.number = number_ + 1;
  if (!list_.empty()) return push(what);
  const auto frame = add_frame(stream_, what);
  ++number_;
  ++under_way_;
  post(*link_, frame, risk::repeatable,
       [self = shared_from_this()](const resp::value& reply, const error* failure) {
         self->on_confirmed(failure != nullptr || !reply.is_null());
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

void answer_line::on_confirmed(bool heard) {
  --under_way_;
  change_.open();
  if (heard || stream_.empty()) return;
  stream_.clear();
  if (const auto tell = std::exchange(on_abandoned_, nullptr)) tell();
}

asio::awaitable<void> answer_line::room(std::shared_ptr<answer_line> self) {
  while (self->under_way_ >= comfortable && !self->link_->closed()) {
    co_await self->change_.wait();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
  }
  if (self->unread_ >= full) co_await until_read(self);
}

asio::awaitable<void> answer_line::until_read(std::shared_ptr<answer_line> self) {
  auto least = self->unread_;
  auto pause = first_pause;
  auto give_up = self->link_->time().now() + longest_wait;
  while (self->unread_ >= full && !self->link_->closed()) {
    if (self->link_->time().now() >= give_up) co_return;
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
