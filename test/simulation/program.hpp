// A program that uses the library: what it does next is up to its dice.
#pragma once

#include "dice.hpp"
#include "group_manners.hpp"
#include "ledger.hpp"
#include "mail_manners.hpp"
#include "process.hpp"
#include "timeline.hpp"
#include "weather.hpp"

#include "sluice/flow/pipeline.hpp"
#include "sluice/group/group_consumer.hpp"
#include "sluice/group/worker.hpp"
#include "sluice/mailbox/mailbox.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/stream/consumer.hpp"
#include "sluice/stream/producer.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::simulation {

/// What all programs of a run share.
struct surroundings {
  timeline& time;
  ledger& books;
  weather& outside;
  std::string group;
  std::vector<std::string> streams;
  std::vector<std::string> members;  // of this program
  group_manners manners;
  std::vector<std::string> mailboxes;  // of this program
  mail_manners mail;
  std::uint64_t* next_number;  // for whatever needs a number of its own in the run
};

/// One client with producers, group members, a reader and callers, each a coroutine. They go on
/// until told to stop, whatever fails; only promises that are broken end up in the books.
class program {
 public:
  /// What it does: everything; or what is needed to empty the streams, without nuisances.
  enum class duty : unsigned char { everything, drain };

  program(surroundings around, duty what, dice chance);
  program(const program&) = delete;
  program& operator=(const program&) = delete;
  ~program();

  void start();
  /// Destroys a consumer, or stops a worker, while it is used.
  void disturb();
  /// Dies without a word: nothing that it has not sent yet is ever sent.
  void crash();
  /// Does nothing at all for a while, and then goes on as if nothing had been.
  void freeze(clock::duration how_long);
  void thaw() { home_->thaw(); }
  /// No more new entries, no cancellations, no consumers that come and go.
  void calm() noexcept { calm_ = true; }
  /// Ends the client: gently (`close`), or at once (`stop`); all coroutines then come to their end.
  void shut_down(bool gently);
  /// Gives back what it holds, in an order of the dice's choice.
  void release();

  bool ended() const noexcept { return running_ == 0 && !home_->frozen(); }
  /// The operation that has been under way for longest, and since when.
  struct operation {
    std::string what;
    timeline::time_point since;
  };
  const std::map<std::uint64_t, operation>& under_way() const noexcept { return under_way_; }
  bool shuts_down() const noexcept { return shut_down_; }
  bool reads() const noexcept { return reads_; }
  std::string name() const { return "program" + std::to_string(number_); }
  std::uint64_t number() const noexcept { return number_; }
  counters snapshot() const { return client_->counters(); }
  std::size_t in_flight_bound() const { return client_->options().in_flight_commands(); }

 private:
  /// The place of one coroutine in the program: it can be cancelled there.
  struct role {
    explicit role(dice of_its_own) : chance(std::move(of_its_own)) {}
    dice chance;
    boost::asio::cancellation_signal cancel;
    std::uint64_t operation = 0;
  };
  /// While it lives, its role is in an operation, which a nuisance may cancel.
  class in_operation {
   public:
    in_operation(program& of, std::shared_ptr<role> who, const char* what);
    in_operation(const in_operation&) = delete;
    in_operation& operator=(const in_operation&) = delete;
    ~in_operation();

   private:
    program& of_;
    std::shared_ptr<role> who_;
    std::uint64_t number_;
  };
  struct held {
    delivery what;
    holder whom;
  };
  class shift;
  class passage;

  template <class Coroutine>
  void spawn(Coroutine run);
  connection_options options();
  void nuisance(const std::shared_ptr<role>& who);
  static bool may_have_been_stored(const error& why);
  holder as(const std::string& member, std::uint64_t incarnation) const;
  std::string next_payload();
  fields entry_of(const std::string& payload, role& who);
  const std::string& some_stream(role& who) const;
  group membership(const std::string& member, role& who) const;
  void give_up_kept(const std::string& member);
  sluice::start read_from(const std::string& stream) const;
  void on_event(const event& what);

  boost::asio::awaitable<void> pause(std::shared_ptr<role> who, clock::duration longest);
  boost::asio::awaitable<void> produce(std::shared_ptr<role> who);
  boost::asio::awaitable<void> add_one(std::shared_ptr<role> who, producer& to);
  boost::asio::awaitable<void> add_many(std::shared_ptr<role> who, producer& to);
  boost::asio::awaitable<void> send_some(std::shared_ptr<role> who, producer& to);
  boost::asio::awaitable<void> call(std::shared_ptr<role> who);
  boost::asio::awaitable<void> call_echo(std::shared_ptr<role> who);
  boost::asio::awaitable<void> call_transaction(std::shared_ptr<role> who);
  boost::asio::awaitable<void> call_connect(std::shared_ptr<role> who);
  boost::asio::awaitable<void> close_gently(std::shared_ptr<role> who);
  boost::asio::awaitable<void> be_member(std::shared_ptr<role> who, std::string member);
  boost::asio::awaitable<void> consume(std::shared_ptr<role> who, std::string member);
  static boost::asio::awaitable<std::vector<delivery>> one(
      boost::asio::awaitable<std::optional<delivery>> operation);
  boost::asio::awaitable<void> flush(std::shared_ptr<role> who, group_consumer& mine);
  boost::asio::awaitable<void> work_on(std::shared_ptr<role> who, delivery what, holder whom);
  boost::asio::awaitable<void> settle(std::shared_ptr<role> who, delivery what, holder whom);
  boost::asio::awaitable<void> acknowledge(std::shared_ptr<role> who, delivery what);
  boost::asio::awaitable<void> give_back(std::shared_ptr<role> who, delivery what);
  boost::asio::awaitable<void> give_up(std::shared_ptr<role> who, delivery what);
  boost::asio::awaitable<void> extend(std::shared_ptr<role> who, delivery& what);
  static void fail_with(delivery what);
  boost::asio::awaitable<void> redrive(std::shared_ptr<role> who);
  boost::asio::awaitable<void> work_a_shift(std::shared_ptr<role> who, std::string member);
  worker_options some_options(role& who, const std::shared_ptr<shift>& mine) const;
  boost::asio::awaitable<void> handle(std::shared_ptr<shift> mine, delivery& what);
  boost::asio::awaitable<void> handle_one(std::shared_ptr<shift> mine);
  boost::asio::awaitable<void> run_pipeline(std::shared_ptr<role> who, std::string member);
  flow::pipeline some_pipeline(role& who, const std::string& member,
                               const std::shared_ptr<passage>& mine);
  boost::asio::awaitable<entry> carry(std::shared_ptr<passage> mine, entry what);
  boost::asio::awaitable<void> write_mail(std::shared_ptr<role> who);
  boost::asio::awaitable<void> write_one(std::shared_ptr<role> who);
  boost::asio::awaitable<void> read_mail(std::shared_ptr<role> who, std::string id);
  boost::asio::awaitable<void> subscribe(std::shared_ptr<role> who, mailbox& box);
  boost::asio::awaitable<bool> subscribe_once(std::shared_ptr<role> who, mailbox& box);
  boost::asio::awaitable<bool> read_once(std::shared_ptr<role> who, mailbox& box, mail_reader whom);
  boost::asio::awaitable<void> commit(std::shared_ptr<role> who, mailbox& box, mail_reader whom);
  boost::asio::awaitable<void> read(std::shared_ptr<role> who);
  boost::asio::awaitable<bool> read_one(std::shared_ptr<role> who);
  void judge(const error& why, const char* doing);
  void judge_settling(const error& why, const char* doing);

  surroundings around_;
  duty duty_;
  dice chance_;
  std::uint64_t number_;
  std::shared_ptr<process> home_;
  std::shared_ptr<void> life_ = std::make_shared<int>();
  std::optional<client> client_;
  std::map<std::string, std::shared_ptr<group_consumer>> members_;
  std::map<std::string, std::shared_ptr<worker>> workers_;
  std::map<std::string, std::shared_ptr<flow::pipeline>> pipelines_;
  std::map<std::string, std::shared_ptr<mailbox>> mailboxes_;
  std::shared_ptr<mailbox> letters_;  // of whoever writes to channels
  std::shared_ptr<consumer> reader_;
  std::vector<held> kept_;
  std::map<std::uint64_t, operation> under_way_;
  std::size_t running_ = 0;
  bool reads_ = false;
  bool calm_ = false;
  bool shut_down_ = false;
};

}  // namespace sluice::simulation
