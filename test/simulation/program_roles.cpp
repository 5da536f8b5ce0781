// What the coroutines of a simulated program do, apart from those of the group's members.
#include "program.hpp"

#include "coroutine_habits.hpp"

#include "sluice/core/result.hpp"
#include "sluice/redis/transaction.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice::simulation {

namespace asio = boost::asio;
using namespace std::chrono_literals;

bool program::may_have_been_stored(const error& why) {
  switch (why.which()) {
    case errc::outcome_unknown:
      return true;
    case errc::closed:
      return true;
    case errc::timeout:
    case errc::cancelled:
      return why.why().message().find("not sent") == std::string::npos &&
             why.why().message().find("before it was") == std::string::npos;
    default:
      return why.why().message().find("may have been executed") != std::string::npos;
  }
}

asio::awaitable<void> program::pause(std::shared_ptr<role> who, clock::duration longest) {
  const auto how_long = who->chance.between(clock::duration::zero(), longest);
  co_await home_->sleep(how_long);
}

fields program::entry_of(const std::string& payload, role& who) {
  fields what("tag", payload);
  if (who.chance.percent(20)) what.add("padding", std::string(who.chance.below(600), 'x'));
  return what;
}

const std::string& program::some_stream(role& who) const {
  return around_.streams[who.chance.below(around_.streams.size())];
}

// Producers.

asio::awaitable<void> program::produce(std::shared_ptr<role> who) {
  producer to(*client_);
  to.window(who->chance.between(1, 20), who->chance.between(50, 5'000));
  auto rounds = duty_ == duty::drain ? std::uint64_t{3} : who->chance.between(5, 40);
  for (; rounds > 0 && !shut_down_; --rounds) {
    co_await pause(who, 700ms);
    if (calm_ && duty_ == duty::everything) break;
    switch (who->chance.below(6)) {
      case 0:
        co_await add_many(who, to);
        break;
      case 1:
        co_await send_some(who, to);
        break;
      default:
        co_await add_one(who, to);
        break;
    }
  }
}

asio::awaitable<void> program::add_one(std::shared_ptr<role> who, producer& to) {
  const auto payload = next_payload();
  const auto stream = some_stream(*who);
  auto added = to.add(stream, entry_of(payload, *who));
  const in_operation doing(*this, who, "adds");
  const auto id = co_await as_result(std::move(added));
  co_await clear_cancellation();
  if (id) {
    around_.books.added(payload, stream, *id);
    co_return;
  }
  judge(id.error(), "add");
  if (!may_have_been_stored(id.error())) around_.books.not_added(payload, id.error().what());
}

asio::awaitable<void> program::add_many(std::shared_ptr<role> who, producer& to) {
  std::vector<std::string> payloads;
  std::vector<fields> what;
  for (auto left = who->chance.between(1, 5); left > 0; --left) {
    payloads.push_back(next_payload());
    what.push_back(entry_of(payloads.back(), *who));
  }
  const auto stream = some_stream(*who);
  auto added = to.add_many(stream, std::move(what));
  const in_operation doing(*this, who, "adds many");
  const auto ids = co_await as_result(std::move(added));
  co_await clear_cancellation();
  if (!ids) {
    judge(ids.error(), "add many");
    co_return;
  }
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    around_.books.added(payloads[i], stream, (*ids)[i]);
  }
}

asio::awaitable<void> program::send_some(std::shared_ptr<role> who, producer& to) {
  for (auto left = who->chance.between(1, 8); left > 0; --left) {
    const auto payload = next_payload();
    auto sent = to.send(some_stream(*who), entry_of(payload, *who));
    const in_operation doing(*this, who, "sends");
    const auto outcome = co_await as_result(std::move(sent));
    co_await clear_cancellation();
    if (!outcome) judge(outcome.error(), "send");
  }
  const in_operation doing(*this, who, "flushes");
  auto flushed = to.flush();
  const auto outcome = co_await as_result(std::move(flushed));
  co_await clear_cancellation();
  if (!outcome) judge(outcome.error(), "flush");
}

// Callers: each reply must be the one that was asked for.

asio::awaitable<void> program::call(std::shared_ptr<role> who) {
  while (!shut_down_) {
    co_await pause(who, calm_ ? 8s : 900ms);
    switch (who->chance.below(6)) {
      case 0:
        co_await call_transaction(who);
        break;
      case 1:
        co_await call_connect(who);
        break;
      default:
        co_await call_echo(who);
        break;
    }
  }
}

asio::awaitable<void> program::call_echo(std::shared_ptr<role> who) {
  const auto tag = next_payload();
  command what("ECHO");
  what.arg(tag).repeatable(who->chance.percent(50));
  if (who->chance.percent(20)) what.timeout(std::chrono::milliseconds(who->chance.between(1, 500)));
  if (duty_ == duty::drain) what.timeout(10s);
  auto sent = client_->exec(std::move(what));
  const in_operation doing(*this, who, "calls");
  const auto answer = co_await as_result(std::move(sent));
  co_await clear_cancellation();
  if (!answer) {
    judge(answer.error(), "call");
  } else if (answer->value().text() != tag) {
    around_.books.violate("another's reply: " + std::string(answer->value().raw()));
  }
}

asio::awaitable<void> program::call_transaction(std::shared_ptr<role> who) {
  const auto tag = next_payload();
  transaction what;
  command first("ECHO");
  first.arg(tag);
  what.add(first).add(first);
  auto sent = client_->exec(std::move(what));
  const in_operation doing(*this, who, "executes a transaction");
  const auto answers = co_await as_result(std::move(sent));
  co_await clear_cancellation();
  if (!answers) {
    judge(answers.error(), "execute a transaction");
    co_return;
  }
  for (const auto& each : *answers) {
    if (!each) {
      judge(each.error(), "execute a part of a transaction");
    } else if (each->value().text() != tag) {
      around_.books.violate("another's reply in a transaction: " + tag);
    }
  }
}

asio::awaitable<void> program::call_connect(std::shared_ptr<role> who) {
  auto connected = client_->connect();
  const in_operation doing(*this, who, "connects");
  const auto outcome = co_await as_result(std::move(connected));
  co_await clear_cancellation();
  if (!outcome) judge(outcome.error(), "connect");
}

asio::awaitable<void> program::close_gently(std::shared_ptr<role> who) {
  auto closed = client_->close();
  const in_operation doing(*this, who, "closes");
  co_await as_result(std::move(closed));
  co_await clear_cancellation();
}

// The independent reader.

asio::awaitable<void> program::read(std::shared_ptr<role> who) {
  while (!shut_down_) {
    std::optional<streams> what;
    for (const auto& each : around_.streams) {
      const auto from = read_from(each);
      what ? what->stream(each, from) : what.emplace(each, from);
    }
    what->prefetch(who->chance.below(10)).wake_by(some_wake(who->chance));
    what->recheck_interval(std::chrono::milliseconds(who->chance.between(1'000, 8'000)));
    reader_ = std::make_shared<consumer>(*client_, *what);
    auto left = who->chance.between(1, 60);
    while (!shut_down_ && (calm_ || left > 0)) {
      const bool got_one = co_await read_one(who);
      if (got_one) --left;
      if (!got_one) co_await pause(who, 50ms);
    }
  }
}

asio::awaitable<bool> program::read_one(std::shared_ptr<role> who) {
  auto next = reader_->get_entry(some_waiting(who->chance));
  const in_operation doing(*this, who, "reads");
  const auto taken = co_await as_result(std::move(next));
  co_await clear_cancellation();
  if (!taken) {
    judge(taken.error(), "read");
    co_return false;
  }
  if (!*taken) co_return false;
  const auto& each = **taken;
  around_.books.read(name(), each.stream(), each.id(), each.field("tag"));
  co_return true;
}

// Where the last reader stopped; nothing may be lost or come twice between two of them.
sluice::start program::read_from(const std::string& stream) const {
  const auto position = reader_ ? reader_->position(stream) : std::nullopt;
  return position ? sluice::start::after(*position) : sluice::start::earliest();
}

}  // namespace sluice::simulation
