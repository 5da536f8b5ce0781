#include "app/answer_line.hpp"

#include "app/posting.hpp"

#include "sluice/core/error.hpp"
#include "sluice/redis/command.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

// So many are under way before a responder should wait, and before it must.
constexpr std::size_t comfortable = 64;
constexpr std::size_t too_many = 4'096;

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
      id_(to.id),
      group_(std::move(group)),
      change_(*link_) {}

void answer_line::respond(boost::json::value what) {
  if (ended_) throw error(errc::already_settled, "the conversation has ended");
  if (stream_.empty()) return;
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
  const auto frame = add_frame(stream_, what);
  ++number_;
  ++under_way_;
  post(*link_, frame, risk::repeatable,
       [self = shared_from_this()](const resp::value& reply, const error* failure) {
         self->on_confirmed(failure != nullptr || !reply.is_null());
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
}

}  // namespace sluice
