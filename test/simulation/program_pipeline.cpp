// The members of a simulated program that are pipelines.
#include "coroutine_habits.hpp"
#include "program.hpp"

#include "sluice/core/result.hpp"
#include "sluice/flow/from_group.hpp"
#include "sluice/flow/map.hpp"
#include "sluice/flow/partition.hpp"
#include "sluice/flow/to_stream_once.hpp"

#include <map>
#include <stdexcept>
#include <utility>

namespace sluice::simulation {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using milliseconds = std::chrono::milliseconds;

/// One pipeline's run: what is in its stages.
class program::passage {
 public:
  passage(program& of, holder who, dice some)
      : chance(std::move(some)), whom(std::move(who)), of_(of) {}
  passage(const passage&) = delete;
  passage& operator=(const passage&) = delete;

  void enter(const entry& what) {
    auto& books = of_.around_.books;
    const auto lost = books.test_of_loss(whom.member, what.stream(), what.id());
    books.given(whom, what.stream(), what.id(), what.field("tag"), lost);
    inside_[{what.stream(), what.id()}] = lost;
  }
  void leave(const entry& what, ledger::exit how) {
    const auto found = inside_.extract({what.stream(), what.id()});
    // The library acknowledges nothing that it has lost, not even where it has come back.
    const bool lost = !found.empty() && found.mapped()();
    if (lost && how == ledger::exit::acknowledged) how = ledger::exit::dropped;
    of_.around_.books.settled(whom, what.stream(), what.id(), how);
  }
  /// What has not come to the end is handed back.
  void close() {
    auto& books = of_.around_.books;
    for (const auto& [where, lost] : inside_) {
      books.settled(whom, where.first, where.second, ledger::exit::dropped);
    }
    inside_.clear();
    books.walked_away(whom);
  }

  dice chance;
  const holder whom;

 private:
  program& of_;
  std::map<std::pair<std::string, entry_id>, ledger::lost_test> inside_;
};

asio::awaitable<void> program::run_pipeline(std::shared_ptr<role> who, std::string member) {
  const auto whom = as(member, (*around_.next_number)++);
  const auto mine = std::make_shared<passage>(*this, whom, who->chance.split());
  const auto made = std::make_shared<flow::pipeline>(some_pipeline(*who, member, mine));
  made->time(home_->time_source()).drain_within(milliseconds(who->chance.below(3'000)));
  pipelines_[member] = made;
  if (!calm_ && who->chance.percent(70)) {
    around_.time.after(who->chance.between(clock::duration(100ms), clock::duration(8s)),
                       [weak = std::weak_ptr(made), home = home_] {
                         const auto still = weak.lock();
                         if (still && !home->frozen()) still->stop();
                       });
  }
  auto run = made->run();
  const in_operation doing(*this, who, "runs a pipeline");
  const auto outcome = co_await as_result(std::move(run));
  co_await clear_cancellation();
  if (!outcome) judge(outcome.error(), "run a pipeline");
  mine->close();
  pipelines_.erase(member);
}

flow::pipeline program::some_pipeline(role& who, const std::string& member,
                                      const std::shared_ptr<passage>& mine) {
  auto& chance = who.chance;
  const auto retry = retry_policy::fixed(milliseconds(chance.below(400)));
  auto entries = flow::from_group(group_consumer(*client_, membership(member, who)),
                                  retry_policy(retry).attempts(chance.number(2, 6)));
  auto carried = std::move(entries) | flow::map([this, mine](entry what) {
                                        return carry(mine, std::move(what));
                                      }).concurrency(chance.between(1, 6));
  if (chance.percent(40)) {
    return std::move(carried) |
           flow::sink([mine](const entry& what) { mine->leave(what, ledger::exit::acknowledged); });
  }
  auto copies = std::move(carried) | flow::map([mine](const entry& what) {
                  mine->leave(what, ledger::exit::copied);
                  return fields(what.stream(), what.id().to_string());
                });
  const std::string to(ledger::copies);
  if (chance.percent(50)) return std::move(copies) | flow::to_stream_once(*client_, to);
  const auto patience = milliseconds(chance.between(1, 500));
  return std::move(copies) | flow::partition(chance.between(1, 8), patience) |
         flow::to_stream_once(*client_, to);
}

asio::awaitable<entry> program::carry(std::shared_ptr<passage> mine, entry what) {
  mine->enter(what);
  auto& chance = mine->chance;
  try {
    if (chance.percent(40)) {
      co_await home_->sleep(chance.between(0ns, clock::duration(calm_ ? 20ms : 600ms)));
    }
    if (!calm_ && chance.percent(10)) throw std::runtime_error("try again");
  } catch (...) {
    mine->leave(what, ledger::exit::given_up);
    throw;
  }
  co_return what;
}

}  // namespace sluice::simulation
