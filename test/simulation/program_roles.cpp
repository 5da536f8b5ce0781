// What the coroutines of a simulated program do.
#include "program.hpp"

#include "sluice/core/result.hpp"
#include "sluice/redis/transaction.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice::simulation {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// A cancellation stays with a coroutine until it is cleared, and would end the next wait as well.
auto clear_cancellation() {
  return asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}

bool may_have_been_added(const error& why) {
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
      return false;
  }
}

waiting some_waiting(dice& chance) {
  switch (chance.below(4)) {
    case 0:
      return waiting::for_ever();
    case 1:
      return waiting::none();
    default:
      return waiting::up_to(std::chrono::milliseconds(chance.between(1, 6'000)));
  }
}

wake some_wake(dice& chance) {
  static constexpr wake all[] = {wake::automatic, wake::doorbell, wake::block, wake::poll};
  return chance.percent(60) ? wake::automatic : all[chance.below(std::size(all))];
}

}  // namespace

asio::awaitable<void> program::pause(std::shared_ptr<role> who, clock::duration longest) {
  const auto how_long = who->chance.between(clock::duration::zero(), longest);
  co_await around_.time.sleep(how_long);
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
  if (!may_have_been_added(id.error())) around_.books.not_added(payload, id.error().what());
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

// Members of the group.

asio::awaitable<void> program::be_member(std::shared_ptr<role> who, std::string member) {
  while (!shut_down_) {
    co_await consume(who, member);
    co_await pause(who, 300ms);
  }
}

group program::membership(const std::string& member, role& who) const {
  group what(around_.group);
  what.consumer(member).on_loss(around_.on_loss);
  what.prefetch(who.chance.below(12)).wake_by(some_wake(who.chance));
  what.recheck_interval(std::chrono::milliseconds(who.chance.between(1'000, 8'000)));
  if (who.chance.percent(20)) what.prefetch_bytes(who.chance.between(1, 2'000));
  for (const auto& each : around_.streams) what.stream(each);
  return what;
}

asio::awaitable<void> program::consume(std::shared_ptr<role> who, std::string member) {
  const auto mine = std::make_shared<group_consumer>(*client_, membership(member, *who));
  members_[member] = mine;
  const auto whom = as(member, (*around_.next_number)++);
  auto left = who->chance.percent(50) ? who->chance.between(1, 30) : 1'000'000;
  const auto still_mine = [&] { return members_.contains(member) && members_[member] == mine; };
  while (!shut_down_ && still_mine() && (calm_ || left > 0)) {
    std::vector<delivery> batch;
    const auto how_long = some_waiting(who->chance);
    auto next = who->chance.percent(30) ? mine->get_batch(who->chance.between(1, 20))
                                        : one(mine->get_entry(how_long));
    {
      const in_operation doing(*this, who, how_long.is_for_ever() ? "waits" : "gets an entry");
      auto taken = co_await as_result(std::move(next));
      co_await clear_cancellation();
      if (taken) {
        batch = *std::move(taken);
      } else {
        judge(taken.error(), "get an entry");
      }
    }
    for (auto& each : batch) {
      around_.books.given(whom, each.stream(), each.id(), each.field("tag"));
    }
    for (auto& each : batch) co_await work_on(who, std::move(each), whom);
    left -= std::min<std::uint64_t>(left, batch.size());
    // A loop that does not wait would ask again within the same moment, for ever.
    if (batch.empty()) co_await pause(who, 50ms);
  }
  if (still_mine() && who->chance.percent(50)) co_await flush(who, *mine);
  if (still_mine() && !shut_down_) members_.erase(member);
}

asio::awaitable<std::vector<delivery>> program::one(
    asio::awaitable<std::optional<delivery>> operation) {
  std::optional<delivery> next = co_await std::move(operation);
  std::vector<delivery> batch;
  if (next) batch.push_back(*std::move(next));
  co_return batch;
}

asio::awaitable<void> program::flush(std::shared_ptr<role> who, group_consumer& mine) {
  auto flushed = mine.flush();
  const in_operation doing(*this, who, "flushes acknowledgements");
  const auto outcome = co_await as_result(std::move(flushed));
  co_await clear_cancellation();
  if (!outcome) judge(outcome.error(), "flush acknowledgements");
}

asio::awaitable<void> program::work_on(std::shared_ptr<role> who, delivery what, holder whom) {
  if (who->chance.percent(30)) co_await pause(who, calm_ ? 20ms : 800ms);
  co_await settle(who, std::move(what), whom);
}

asio::awaitable<void> program::settle(std::shared_ptr<role> who, delivery what, holder whom) {
  const auto stream = what.stream();
  const auto id = what.id();
  const auto choice = who->chance.below(calm_ ? 90 : 100);
  if (choice >= 95) {
    kept_.push_back({std::move(what), whom});
    co_return;
  }
  around_.books.settled(whom, stream, id, choice < 90);
  if (choice >= 90) co_return;  // dropped: it stays pending
  if (choice < 40) {
    std::move(what).ack_later();
    co_return;
  }
  auto acknowledged = std::move(what).ack();
  const in_operation doing(*this, who, "acknowledges");
  const auto outcome = co_await as_result(std::move(acknowledged));
  co_await clear_cancellation();
  if (!outcome && outcome.error().which() != errc::already_settled) {
    judge(outcome.error(), "acknowledge");
  }
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
