// How the members of a simulated program take entries and settle them one by one.
#include "coroutine_habits.hpp"
#include "program.hpp"

#include "sluice/core/result.hpp"
#include "sluice/group/dead_letters.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sluice::simulation {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using milliseconds = std::chrono::milliseconds;

asio::awaitable<void> program::be_member(std::shared_ptr<role> who, std::string member) {
  while (!shut_down_) {
    switch (who->chance.below(4)) {
      case 0:
        co_await work_a_shift(who, member);
        break;
      case 1:
        co_await run_pipeline(who, member);
        break;
      default:
        co_await consume(who, member);
        break;
    }
    give_up_kept(member);
    co_await pause(who, 300ms);
  }
}

group program::membership(const std::string& member, role& who) const {
  group what(around_.group);
  what.consumer(member);
  around_.manners.apply_to(what);
  what.prefetch(who.chance.below(12)).wake_by(some_wake(who.chance));
  what.recheck_interval(milliseconds(who.chance.between(1'000, 8'000)));
  if (who.chance.percent(20)) what.prefetch_bytes(who.chance.between(1, 2'000));
  for (const auto& each : around_.streams) what.stream(each);
  return what;
}

// Where leases are kept, a consumer lives as long as somebody holds an entry of it; and no two that
// live may have the same name.
void program::give_up_kept(const std::string& member) {
  if (!around_.manners.leases) return;
  std::erase_if(kept_, [&](const held& each) {
    if (each.whom.member != member) return false;
    around_.books.settled(each.whom, each.what.stream(), each.what.id(), ledger::exit::dropped);
    return true;
  });
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
      const auto lost = std::make_shared<bool>(false);
      auto test = [lost] { return *lost; };
      around_.books.given(whom, each.stream(), each.id(), each.field("tag"), std::move(test));
      each.when_lease_lost([lost] { *lost = true; });
    }
    for (auto& each : batch) co_await work_on(who, std::move(each), whom);
    left -= std::min<std::uint64_t>(left, batch.size());
    // A loop that does not wait would ask again within the same moment, for ever.
    if (batch.empty()) co_await pause(who, 50ms);
    if (!calm_ && around_.manners.gives_back && who->chance.percent(3)) co_await redrive(who);
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

// Most work is short; some takes longer than a lease does.
asio::awaitable<void> program::work_on(std::shared_ptr<role> who, delivery what, holder whom) {
  const auto longest = std::clamp<clock::duration>(around_.manners.claim_timeout * 2, 800ms, 5s);
  if (calm_) {
    if (who->chance.percent(30)) co_await pause(who, 20ms);
  } else if (who->chance.percent(30)) {
    const clock::duration bound = who->chance.percent(20) ? longest : 300ms;
    co_await pause(who, bound);
  }
  co_await settle(who, std::move(what), whom);
}

asio::awaitable<void> program::settle(std::shared_ptr<role> who, delivery what, holder whom) {
  using exit = ledger::exit;
  const auto settled = [&](exit how) {
    around_.books.settled(whom, what.stream(), what.id(), how);
  };
  auto choice = what.lease_lost() ? 90 : who->chance.below(calm_ ? 70 : 100);
  if (choice >= 76 && choice < 90 && !around_.manners.gives_back) choice = 0;
  if (choice >= 95) {
    kept_.push_back({std::move(what), whom});
  } else if (choice >= 90) {
    settled(exit::dropped);
  } else if (choice >= 87) {
    settled(exit::dropped);
    fail_with(std::move(what));
  } else if (choice >= 80) {
    settled(exit::dropped);
    co_await give_back(who, std::move(what));
  } else if (choice >= 76) {
    settled(exit::given_up);
    co_await give_up(who, std::move(what));
  } else {
    if (choice >= 70) co_await extend(who, what);
    settled(what.lease_lost() ? exit::dropped : exit::acknowledged);
    co_await acknowledge(who, std::move(what));
  }
}

asio::awaitable<void> program::acknowledge(std::shared_ptr<role> who, delivery what) {
  const auto stream = what.stream();
  const auto id = what.id();
  if (what.lease_lost()) co_return;
  if (who->chance.percent(45)) {
    std::move(what).ack_later();
    co_return;
  }
  auto acknowledged = std::move(what).ack();
  const in_operation doing(*this, who, "acknowledges");
  const auto outcome = co_await as_result(std::move(acknowledged));
  co_await clear_cancellation();
  if (outcome) {
    around_.books.confirmed(stream, id);
  } else {
    judge_settling(outcome.error(), "acknowledge");
  }
}

asio::awaitable<void> program::give_back(std::shared_ptr<role> who, delivery what) {
  if (what.lease_lost()) co_return;
  auto given_back = std::move(what).nack(milliseconds(who->chance.below(2'000)));
  const in_operation doing(*this, who, "gives back");
  const auto outcome = co_await as_result(std::move(given_back));
  co_await clear_cancellation();
  if (!outcome) judge_settling(outcome.error(), "give back");
}

asio::awaitable<void> program::give_up(std::shared_ptr<role> who, delivery what) {
  const auto stream = what.stream();
  const auto id = what.id();
  if (what.lease_lost()) co_return;
  auto given_up = std::move(what).reject("the dice say so");
  const in_operation doing(*this, who, "gives up");
  const auto outcome = co_await as_result(std::move(given_up));
  co_await clear_cancellation();
  if (outcome) {
    around_.books.confirmed(stream, id);
  } else {
    judge_settling(outcome.error(), "give up");
  }
}

asio::awaitable<void> program::extend(std::shared_ptr<role> who, delivery& what) {
  if (what.lease_lost()) co_return;
  auto extended = what.extend();
  const in_operation doing(*this, who, "extends");
  const auto outcome = co_await as_result(std::move(extended));
  co_await clear_cancellation();
  if (!outcome) judge_settling(outcome.error(), "extend");
}

// A handler that throws, with the delivery on its stack.
void program::fail_with(delivery what) {
  try {
    const delivery in_hand(std::move(what));
    throw std::runtime_error("the dice say so");
  } catch (const std::runtime_error&) {
  }
}

asio::awaitable<void> program::redrive(std::shared_ptr<role> who) {
  const dead_letters graves(*client_, dead_letters::stream_of(some_stream(*who)));
  const auto how = who->chance.percent(50) ? redrive_as::same_entry : redrive_as::new_entry;
  auto back = graves.redrive_all(how);
  const in_operation doing(*this, who, "brings dead letters back");
  const auto outcome = co_await as_result(std::move(back));
  co_await clear_cancellation();
  if (!outcome) judge_settling(outcome.error(), "bring dead letters back");
}

}  // namespace sluice::simulation
