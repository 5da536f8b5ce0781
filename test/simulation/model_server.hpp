// A small model of a Redis server, for simulated runs only: it obeys the rules that the client's
// correctness rests on and can be made to fail at any moment. It is no stand-in for a server in
// integration tests; those meet the real one, whose behaviour this file merely repeats.
#pragma once

#include "data_set.hpp"
#include "data_witness.hpp"
#include "dice.hpp"
#include "reply_text.hpp"
#include "script_engine.hpp"
#include "timeline.hpp"

#include "resp/scanner.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::simulation {

/// The trouble a living server can be in, as its error replies name it.
enum class mood : unsigned char { well, loading, busy, out_of_memory, no_replicas, disk_full };

class model_server {
 public:
  using session_id = std::uint64_t;
  using words = std::vector<std::string>;

  /// The network's end of a session.
  class peer {
   public:
    virtual void on_reply(std::string bytes) = 0;
    virtual void on_closed() = 0;

   protected:
    ~peer() = default;
  };

  model_server(timeline& time, dice chance, data_witness& witness);

  // The network's side.

  session_id accept(peer& who);
  void receive(session_id from, std::string_view bytes);
  /// Forgets the session; its peer hears nothing more.
  void close(session_id which);

  // The operator's side.

  void set_mood(mood now) { mood_ = now; }
  /// Executes nothing for a time; then everything that came meanwhile.
  void stall(clock::duration how_long);
  bool stalls() const { return time_.now() < stalled_until_; }
  /// Loses all sessions and keeps the data.
  void restart();
  /// How many in a hundred invalidations are lost.
  void lose_pushes(unsigned percent) { lost_pushes_ = percent; }
  void flush();
  void forget_scripts() { scripts_.forget_all(); }
  void remove(const std::string& key);
  void destroy_group(const std::string& key, const std::string& group);
  void delete_entry(const std::string& key, entry_id id);
  /// Puts a plain value in a stream's place (the stream is lost), and removes it again.
  void replace_type(const std::string& key);
  void restore_type(const std::string& key);

  data_set& data() noexcept { return data_; }
  /// Commands executed so far, by name.
  const std::map<std::string, std::uint64_t, std::less<>>& executed() const noexcept {
    return executed_;
  }
  std::uint64_t sessions_accepted() const noexcept { return last_session_; }

 private:
  struct session {
    peer* network = nullptr;
    std::string input;
    resp::scanner scanner;
    bool tracking = false;
    bool queueing = false;
    bool refused = false;       // one of those between MULTI and EXEC
    std::vector<words> queued;  // between MULTI and EXEC
    std::set<std::string> watched;
    bool touched = false;            // one of those that are watched
    std::optional<words> blocked;    // the read it waits in
    std::uint64_t block_number = 0;  // tells a late timeout from the current one
    std::set<std::string> channels;
    reply_text own_pushes;  // follow the reply of the command that caused them
  };
  /// A script that runs at this moment.
  struct running_script {
    words keys;
    std::string actor;   // the member that it acts for
    bool wrote = false;  // and so is let through to its end
  };
  struct command_rule;
  struct read_request;
  struct claim_request;

  // Sessions.
  void work(session_id which);
  bool take_command(session& from, words& command);
  void execute(session_id which, const words& command);
  void answer(session_id which, const words& command, reply_text& out);
  bool refuses(const command_rule& rule, const words& command, reply_text& out);
  void note(session_id from, const words& command);
  void deliver(session& to, reply_text& out);
  void unblock(session_id which, reply_text& out);

  // Tracking: one push an arming, to everybody who read the key since its last change.
  void arm(session_id who, const std::string& key);
  void touch(const std::string& key);
  void spoil_transactions(const std::string& key);
  void ring(session_id whom, const reply_text& push);
  void push_to(session_id whom, const std::string& push);
  void serve_blocked(const std::string& key);
  void expire_old();
  wall_time now() const;
  std::string actor() const { return running_ == nullptr ? watcher_ : running_->actor; }

  // Commands.
  using handler = void (model_server::*)(session_id, const words&, reply_text&);
  static const command_rule* find_rule(std::string_view name);
  std::string_view refusal(const command_rule& rule) const;
  void hello(session_id, const words&, reply_text&);
  void client(session_id, const words&, reply_text&);
  void ok(session_id, const words&, reply_text&);
  void command_info(session_id, const words&, reply_text&);
  void ping(session_id, const words&, reply_text&);
  void echo(session_id, const words&, reply_text&);
  void wait(session_id, const words&, reply_text&);
  void multi(session_id, const words&, reply_text&);
  void exec(session_id, const words&, reply_text&);
  void watch(session_id, const words&, reply_text&);
  void queue(session& from, const words& command, reply_text& out);
  void server_time(session_id, const words&, reply_text&);
  void subscribe(session_id, const words&, reply_text&);
  void unsubscribe(session_id, const words&, reply_text&);
  void publish(session_id, const words&, reply_text&);
  void eval(session_id, const words&, reply_text&);
  void evalsha(session_id, const words&, reply_text&);
  void run_script(session_id, const std::string& digest, const words& command, reply_text& out);
  void set(session_id, const words&, reply_text&);
  void get(session_id, const words&, reply_text&);
  void exists(session_id, const words&, reply_text&);
  void pttl(session_id, const words&, reply_text&);
  void pexpire(session_id, const words&, reply_text&);
  void incrby(session_id, const words&, reply_text&);
  void del(session_id, const words&, reply_text&);
  void hget(session_id, const words&, reply_text&);
  void hset(session_id, const words&, reply_text&);
  void hsetnx(session_id, const words&, reply_text&);
  void hdel(session_id, const words&, reply_text&);
  void zadd(session_id, const words&, reply_text&);
  void zrem(session_id, const words&, reply_text&);
  void remove_members(const std::string& key, const words& names, reply_text& out);
  void zscore(session_id, const words&, reply_text&);
  void zmscore(session_id, const words&, reply_text&);
  void zcard(session_id, const words&, reply_text&);
  void zcount(session_id, const words&, reply_text&);
  void zrange(session_id, const words&, reply_text&);
  void zrangebyscore(session_id, const words&, reply_text&);
  void zremrangebyscore(session_id, const words&, reply_text&);
  void zremrangebyrank(session_id, const words&, reply_text&);
  void xlen(session_id, const words&, reply_text&);
  void xadd(session_id, const words&, reply_text&);
  std::size_t trim(const std::string& key, stored_stream& in, std::size_t most, entry_id least);
  void xtrim(session_id, const words&, reply_text&);
  void xdel(session_id, const words&, reply_text&);
  void xread(session_id, const words&, reply_text&);
  void xrange(session_id, const words&, reply_text&);
  void xrevrange(session_id, const words&, reply_text&);
  void xreadgroup(session_id, const words&, reply_text&);
  void read_new(const read_request& what, stored_stream& from, stored_group& group,
                reply_text& out);
  void read_history(const read_request& what, stored_stream& from, stored_group& group,
                    reply_text& out);
  void block_or_nothing(session_id, const words&, const read_request& what, reply_text&);
  void xack(session_id, const words&, reply_text&);
  void xclaim(session_id, const words&, reply_text&);
  bool claim(const claim_request& what, entry_id id, reply_text& list);
  void xgroup(session_id, const words&, reply_text&);
  void remove_consumer(const words& command, reply_text& out);
  void xinfo(session_id, const words&, reply_text&);
  void list_consumers(const words& command, reply_text& out);
  void xpending(session_id, const words&, reply_text&);
  void summarize_pending(const stored_group& group, reply_text& out);

  timeline& time_;
  dice chance_;
  data_witness& witness_;
  data_set data_;
  script_engine scripts_;
  running_script* running_ = nullptr;
  std::string watcher_;  // the member whose mark the transaction that runs at this moment watches
  std::map<session_id, session> sessions_;
  session_id last_session_ = 0;
  std::map<std::string, std::set<session_id>, std::less<>> armed_;
  std::map<std::string, std::set<session_id>, std::less<>> listening_;  // by channel
  std::map<std::string, std::uint64_t, std::less<>> executed_;
  mood mood_ = mood::well;
  unsigned lost_pushes_ = 0;
  timeline::time_point stalled_until_{};
  std::deque<session_id> waiting_;  // have input and wait for the end of a stall
  session_id executing_ = 0;
};

}  // namespace sluice::simulation
