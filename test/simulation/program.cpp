#include "program.hpp"

#include "redis/client_access.hpp"

#include "sluice/core/result.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace sluice::simulation {

using namespace std::chrono_literals;

program::program(surroundings around, duty what, dice chance)
    : around_(std::move(around)),
      duty_(what),
      chance_(std::move(chance)),
      number_((*around_.next_number)++),
      home_(process::make(around_.time)),
      calm_(what == duty::drain) {
  client_.emplace(client_access::make(connection::make(around_.time.io().get_executor(), options(),
                                                       around_.outside.factory(home_))));
}

// What waits for it to wake up keeps parts of it.
program::~program() { home_->kill(); }

connection_options program::options() {
  connection_options chosen;
  chosen.tcp("server-of-" + std::to_string(number_), 1);
  chosen.time_source(home_->time_source()).random(seeded_random(chance_.roll()));
  // A script that was under way at the end keeps the connection, and its news come late.
  chosen.on_event([this, life = std::weak_ptr<void>(life_)](const event& what) {
    if (!life.expired()) on_event(what);
  });
  if (duty_ == duty::drain) return chosen;
  chosen.timeout(std::chrono::milliseconds(chance_.percent(10) ? 0 : chance_.between(300, 12'000)));
  chosen.connect_timeout(std::chrono::milliseconds(chance_.between(300, 5'000)));
  chosen.health_check(std::chrono::milliseconds(chance_.between(500, 5'000)));
  chosen.health_timeout(std::chrono::milliseconds(chance_.between(500, 5'000)));
  chosen.backoff(std::chrono::milliseconds(chance_.between(10, 100)),
                 std::chrono::milliseconds(chance_.between(1'000, 10'000)));
  chosen.probe_doorbell(chance_.percent(90));
  if (chance_.percent(30)) chosen.in_flight(chance_.between(1, 8), chance_.between(100, 4'000));
  return chosen;
}

void program::on_event(const event& what) {
  around_.time.note(name(), to_string(what));
  if (const auto* const gone = std::get_if<events::disconnected>(&what)) {
    if (gone->reason == errc::protocol_error) around_.books.violate(std::string(gone->text));
  }
  if (const auto* const failed = std::get_if<events::acknowledgement_failed>(&what)) {
    around_.books.not_acknowledged(number_, std::string(failed->stream));
  }
}

// Life.

template <class Coroutine>
void program::spawn(Coroutine run) {
  auto who = std::make_shared<role>(chance_.split());
  ++running_;
  auto slot = who->cancel.slot();
  boost::asio::co_spawn(
      around_.time.io(), run(who),
      boost::asio::bind_cancellation_slot(slot, [this, who](std::exception_ptr failure) {
        --running_;
        if (!failure) return;
        try {
          std::rethrow_exception(failure);
        } catch (const std::exception& why) {
          around_.books.violate(name() + " met an unexpected exception: " + why.what());
        }
      }));
}

void program::start() {
  const bool all = duty_ == duty::everything;
  for (const auto& each : around_.members) {
    spawn([this, each](std::shared_ptr<role> who) { return be_member(who, each); });
  }
  spawn([this](std::shared_ptr<role> who) { return produce(who); });
  if (all && chance_.percent(40)) {
    spawn([this](std::shared_ptr<role> who) { return produce(who); });
  }
  const auto callers = all ? chance_.between(1, 3) : 1;
  for (std::uint64_t i = 0; i < callers; ++i) {
    spawn([this](std::shared_ptr<role> who) { return call(who); });
  }
  for (const auto& each : around_.mailboxes) {
    spawn([this, each](std::shared_ptr<role> who) { return read_mail(who, each); });
  }
  if (!around_.mailboxes.empty()) {
    letters_ = std::make_shared<mailbox>(*client_, around_.mail.options());
    for (auto left = chance_.between(1, 3); left > 0; --left) {
      spawn([this](std::shared_ptr<role> who) { return write_mail(who); });
    }
  }
  if (chance_.percent(50)) {
    reads_ = true;
    spawn([this](std::shared_ptr<role> who) { return read(who); });
  }
}

void program::shut_down(bool gently) {
  if (std::exchange(shut_down_, true)) return;
  home_->thaw();
  around_.time.note(name(), gently ? "closes" : "stops");
  if (gently) {
    spawn([this](std::shared_ptr<role> who) { return close_gently(who); });
  } else {
    client_->stop();
  }
}

void program::crash() {
  if (std::exchange(shut_down_, true)) return;
  around_.time.note(name(), "crashes");
  home_->kill();
  client_->stop();
}

void program::freeze(clock::duration how_long) {
  if (shut_down_ || home_->frozen()) return;
  around_.time.note(name(), "stands still");
  home_->freeze();
  around_.time.after(how_long, [this, home = home_, name = name()] {
    if (home->frozen()) around_.time.note(name, "goes on");
    home->thaw();
  });
}

void program::disturb() {
  if (calm_ || home_->frozen()) return;
  if (!workers_.empty()) workers_.begin()->second->stop();
  if (!pipelines_.empty()) pipelines_.begin()->second->stop();
  if (chance_.percent(50)) mailboxes_.clear();
  if (members_.empty()) return;
  auto victim = members_.begin();
  std::advance(victim, static_cast<std::ptrdiff_t>(chance_.below(members_.size())));
  around_.time.note(name(), "destroys consumer " + victim->first);
  members_.erase(victim);
}

void program::release() {
  std::array<int, 6> order{0, 1, 2, 3, 4, 5};
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[chance_.below(i)]);
  for (const auto each : order) {
    switch (each) {
      case 0:
        members_.clear();
        break;
      case 1:
        reader_.reset();
        break;
      case 2:
        kept_.clear();
        break;
      case 3:
        workers_.clear();
        pipelines_.clear();
        break;
      case 4:
        mailboxes_.clear();
        letters_.reset();
        break;
      default:
        client_.reset();
        break;
    }
  }
}

// Books.

void program::judge(const error& why, const char* doing) {
  around_.time.note(name(), std::string(doing) + " failed: " + why.what());
  static constexpr std::array never{
      errc::protocol_error,  errc::unexpected_reply, errc::server_error,   errc::invalid_argument,
      errc::command_refused, errc::unknown_command,  errc::no_group,       errc::overloaded,
      errc::not_redis,       errc::server_too_old,   errc::reply_too_large};
  const bool impossible = std::find(never.begin(), never.end(), why.which()) != never.end();
  const bool in_fair_weather = duty_ == duty::drain && why.which() != errc::closed;
  if (why.code().category() != error_category() || impossible || in_fair_weather) {
    around_.books.violate(name() + " cannot " + doing + ": " + why.what());
  }
}

// Settling meets the group as it is at that moment, and mends nothing.
void program::judge_settling(const error& why, const char* doing) {
  const bool group_is_gone = why.which() == errc::no_group || why.which() == errc::wrong_type;
  if (duty_ != duty::drain && (group_is_gone || why.which() == errc::lease_lost)) return;
  if (why.which() != errc::already_settled) judge(why, doing);
}

holder program::as(const std::string& member, std::uint64_t incarnation) const {
  holder whom;
  whom.program = number_;
  whom.incarnation = incarnation;
  whom.member = member;
  return whom;
}

std::string program::next_payload() {
  return name() + '-' + std::to_string((*around_.next_number)++);
}

// Nuisances.

void program::nuisance(const std::shared_ptr<role>& who) {
  if (calm_ || !who->chance.percent(12)) return;
  const auto which = who->operation;
  around_.time.after(who->chance.between(0ns, clock::duration(2s)),
                     [this, life = std::weak_ptr<void>(life_), who, which] {
                       if (life.expired() || who->operation != which || home_->frozen()) return;
                       around_.time.note(name(), "cancels");
                       who->cancel.emit(boost::asio::cancellation_type::terminal);
                     });
}

program::in_operation::in_operation(program& of, std::shared_ptr<role> who, const char* what)
    : of_(of), who_(std::move(who)), number_((*of.around_.next_number)++) {
  who_->operation = number_;
  auto& entry = of_.under_way_[number_];
  entry.what = of_.name() + ' ' + what;
  entry.since = of_.around_.time.now();
  of_.nuisance(who_);
}

program::in_operation::~in_operation() {
  who_->operation = 0;
  of_.under_way_.erase(number_);
}

}  // namespace sluice::simulation
