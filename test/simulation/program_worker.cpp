// The members of a simulated program that are workers.
#include "coroutine_habits.hpp"
#include "program.hpp"

#include "sluice/core/result.hpp"

#include <map>
#include <set>
#include <stdexcept>
#include <utility>

namespace sluice::simulation {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using milliseconds = std::chrono::milliseconds;

/// One worker's run: what its handlers know of each other.
class program::shift {
 public:
  shift(program& of, holder who, dice some)
      : chance(std::move(some)), whom(std::move(who)), of_(of) {
    ++of_.running_;
  }
  shift(const shift&) = delete;
  shift& operator=(const shift&) = delete;
  ~shift() { --of_.running_; }

  static std::string key_of(const entry& what) { return std::string(1, what.field("tag").back()); }

  void begin(ledger& books, const delivery& what) {
    auto lost = [&what] { return what.lease_lost(); };
    // Tried again in its place, it has not been handed out anew.
    const bool in_place = failed_.erase(what.stream() + what.token()) > 0;
    if (ordered && in_place) {
      books.kept(whom, what.stream(), what.id(), std::move(lost));
    } else {
      books.given(whom, what.stream(), what.id(), what.field("tag"), std::move(lost));
    }
    if (!ordered) return;
    const auto key = key_of(what);
    if (!busy_.insert(key).second) books.violate("two handlers at once for the key " + key);
    auto& last = last_[what.stream() + key];
    if (what.redelivered() || books.saw_loss(what.stream(), what.id())) return;
    // A stream that was emptied may begin below what it had, by a clock that was set back.
    if (books.saw_loss(what.stream(), last)) last = {};
    if (what.id() < last) books.violate("out of order within its key: " + what.id().to_string());
    last = what.id();
  }
  void end(ledger& books, const std::string& stream, entry_id id, const std::string& key,
           ledger::exit how) {
    busy_.erase(key);
    books.settled(whom, stream, id, how);
  }
  void failed(const delivery& what) { failed_.insert(what.stream() + what.token()); }

  dice chance;
  const holder whom;
  bool ordered = false;

 private:
  program& of_;
  std::set<std::string> busy_;  // keys
  std::map<std::string, entry_id> last_;
  std::set<std::string> failed_;
};

worker_options program::some_options(role& who, const std::shared_ptr<shift>& mine) const {
  auto& chance = who.chance;
  worker_options how;
  how.concurrency(chance.between(1, 6));
  how.retry(retry_policy::fixed(milliseconds(chance.below(400))).attempts(chance.number(2, 6)));
  how.drain_within(milliseconds(chance.below(3'000)));
  if (mine->ordered) how.ordered_by(&shift::key_of);
  error_handlers judges;
  judges.on<std::domain_error>([this, mine](const auto&, const delivery& which) {
    if (mine->chance.percent(50)) return verdict::nack(milliseconds(mine->chance.below(500)));
    around_.books.settled(mine->whom, which.stream(), which.id(), ledger::exit::acknowledged);
    return verdict::ack();
  });
  return how.errors(std::move(judges));
}

asio::awaitable<void> program::work_a_shift(std::shared_ptr<role> who, std::string member) {
  const auto whom = as(member, (*around_.next_number)++);
  const auto mine = std::make_shared<shift>(*this, whom, who->chance.split());
  mine->ordered = who->chance.percent(50);
  auto handler = [this, mine](delivery& what) { return handle(mine, what); };
  const auto shop = std::make_shared<worker>(group_consumer(*client_, membership(member, *who)),
                                             std::move(handler), some_options(*who, mine));
  workers_[member] = shop;
  if (!calm_ && who->chance.percent(70)) {
    around_.time.after(who->chance.between(clock::duration(100ms), clock::duration(8s)),
                       [weak = std::weak_ptr(shop), home = home_] {
                         const auto still = weak.lock();
                         if (still && !home->frozen()) still->stop();
                       });
  }
  auto run = shop->run();
  const in_operation doing(*this, who, "works a shift");
  const auto outcome = co_await as_result(std::move(run));
  co_await clear_cancellation();
  if (!outcome) judge(outcome.error(), "work a shift");
  workers_.erase(member);
}

asio::awaitable<void> program::handle(std::shared_ptr<shift> mine, delivery& what) {
  const auto stream = what.stream();
  const auto id = what.id();
  const auto key = shift::key_of(what);
  auto& books = around_.books;
  mine->begin(books, what);
  try {
    co_await handle_one(mine);
  } catch (...) {
    mine->failed(what);
    mine->end(books, stream, id, key, ledger::exit::given_up);
    throw;
  }
  const auto how = what.lease_lost() ? ledger::exit::dropped : ledger::exit::acknowledged;
  mine->end(books, stream, id, key, how);
}

asio::awaitable<void> program::handle_one(std::shared_ptr<shift> mine) {
  auto& chance = mine->chance;
  if (chance.percent(40)) {
    co_await home_->sleep(chance.between(0ns, clock::duration(calm_ ? 20ms : 600ms)));
  }
  if (calm_) co_return;
  switch (chance.below(20)) {
    case 0:
      throw std::runtime_error("try again");
    case 1:
      throw std::domain_error("let the judge decide");
    case 2:
      throw sluice::give_up("no use");
    case 3:
      throw retry_after(milliseconds(chance.below(700)));
    default:
      break;
  }
}

}  // namespace sluice::simulation
