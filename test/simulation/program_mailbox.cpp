// How a simulated program writes to channels, and reads its mailboxes.
#include "coroutine_habits.hpp"
#include "program.hpp"

#include "sluice/core/result.hpp"

#include <utility>

namespace sluice::simulation {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// Writers share a mailbox, and so the steps in which messages are stored.
asio::awaitable<void> program::write_mail(std::shared_ptr<role> who) {
  auto rounds = duty_ == duty::drain ? std::uint64_t{3} : who->chance.between(5, 40);
  for (; rounds > 0 && !shut_down_; --rounds) {
    if (who->chance.percent(60)) co_await pause(who, 700ms);
    if (calm_ && duty_ == duty::everything) break;
    co_await write_one(who);
  }
}

asio::awaitable<void> program::write_one(std::shared_ptr<role> who) {
  const auto text = next_payload();
  const auto& channels = around_.mail.channels;
  const auto channel = channels[who->chance.below(channels.size())];
  auto written = letters_->write(channel, text);
  const in_operation doing(*this, who, "writes to a channel");
  const auto number = co_await as_result(std::move(written));
  co_await clear_cancellation();
  if (number) {
    around_.books.mail().written(text, channel, *number);
    co_return;
  }
  judge(number.error(), "write to a channel");
  if (!may_have_been_stored(number.error())) {
    around_.books.mail().not_written(text, number.error().what());
  }
}

asio::awaitable<void> program::read_mail(std::shared_ptr<role> who, std::string id) {
  while (!shut_down_) {
    const auto box = std::make_shared<mailbox>(*client_, id, around_.mail.options());
    mailboxes_[id] = box;
    const mail_reader whom{id, (*around_.next_number)++};
    around_.books.mail().opened(whom);
    co_await subscribe(who, *box);
    auto left = who->chance.percent(50) ? who->chance.between(1, 30) : 1'000'000;
    const auto still_mine = [&] { return mailboxes_.contains(id) && mailboxes_[id] == box; };
    for (; !shut_down_ && still_mine() && (calm_ || left > 0); --left) {
      const bool got_some = co_await read_once(who, *box, whom);
      if (!got_some) co_await pause(who, 50ms);
    }
    if (!shut_down_) co_await pause(who, 300ms);
  }
}

// Who has been there goes on where they were.
asio::awaitable<void> program::subscribe(std::shared_ptr<role> who, mailbox& box) {
  while (!shut_down_) {
    const bool done = co_await subscribe_once(who, box);
    if (done) co_return;
    co_await pause(who, 200ms);
  }
}

asio::awaitable<bool> program::subscribe_once(std::shared_ptr<role> who, mailbox& box) {
  const bool is_known = around_.books.mail().knows(box.id());
  const auto from = is_known ? mailbox_start::current : around_.mail.first;
  auto subscribed = box.subscribe(around_.mail.channels, from);
  const in_operation doing(*this, who, "subscribes to channels");
  const auto outcome = co_await as_result(std::move(subscribed));
  co_await clear_cancellation();
  if (!outcome) judge(outcome.error(), "subscribe to channels");
  co_return outcome.has_value();
}

asio::awaitable<bool> program::read_once(std::shared_ptr<role> who, mailbox& box,
                                         mail_reader whom) {
  auto& books = around_.books.mail();
  auto next = box.read(some_waiting(who->chance), who->chance.between(1, 12));
  mailbox_messages came;
  {
    const in_operation doing(*this, who, "reads its mailbox");
    auto taken = co_await as_result(std::move(next));
    co_await clear_cancellation();
    if (taken) {
      came = *std::move(taken);
    } else {
      judge(taken.error(), "read its mailbox");
      if (taken.error().which() != errc::cancelled) books.read_failed(whom);
    }
  }
  for (const auto& [channel, messages] : came) {
    for (const auto& each : messages) books.given(whom, channel, each.id(), each.text());
  }
  if (!came.empty() && who->chance.percent(30)) co_await pause(who, calm_ ? 20ms : 600ms);
  if (around_.mail.by_hand && (calm_ || who->chance.percent(70))) co_await commit(who, box, whom);
  co_return !came.empty();
}

asio::awaitable<void> program::commit(std::shared_ptr<role> who, mailbox& box, mail_reader whom) {
  around_.books.mail().done_with(whom);
  auto committed = box.commit();
  const in_operation doing(*this, who, "commits what it has read");
  const auto outcome = co_await as_result(std::move(committed));
  co_await clear_cancellation();
  if (!outcome) judge(outcome.error(), "commit what it has read");
}

}  // namespace sluice::simulation
