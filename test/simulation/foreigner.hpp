// A member of the group that is not of this library: plain commands, no beats, no questions.
#pragma once

#include "dice.hpp"
#include "ledger.hpp"
#include "model_server.hpp"
#include "timeline.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::simulation {

/// Reads, works and acknowledges, until it dies with what it has in hand; then another one comes.
class foreigner final : private model_server::peer {
 public:
  foreigner(timeline& time, model_server& server, ledger& books, std::string group,
            std::vector<std::string> streams, clock::duration longest_work, dice chance);
  foreigner(const foreigner&) = delete;
  foreigner& operator=(const foreigner&) = delete;
  ~foreigner();

  void begin() { schedule(); }
  /// Leaves for good, with what it has in hand.
  void die();

  static bool is_name(const std::string& member) { return member.starts_with("foreign"); }

 private:
  void on_reply(std::string bytes) override;
  void on_closed() override { session_ = 0; }
  void schedule();
  void step();
  void take(const std::string& stream, const std::string& id);
  void acknowledge(const std::string& stream, const std::string& id);
  void send(const std::vector<std::string>& words);

  timeline& time_;
  model_server& server_;
  ledger& books_;
  std::string group_;
  std::vector<std::string> streams_;
  clock::duration longest_work_;
  dice chance_;
  model_server::session_id session_ = 0;
  std::uint64_t life_ = 1;
  bool gone_ = false;
};

}  // namespace sluice::simulation
