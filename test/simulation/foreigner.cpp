#include "foreigner.hpp"

#include "sluice/redis/command.hpp"
#include "sluice/resp/value.hpp"

#include <utility>

namespace sluice::simulation {

using namespace std::chrono_literals;

foreigner::foreigner(timeline& time, model_server& server, ledger& books, std::string group,
                     std::vector<std::string> streams, clock::duration longest_work, dice chance)
    : time_(time),
      server_(server),
      books_(books),
      group_(std::move(group)),
      streams_(std::move(streams)),
      longest_work_(longest_work),
      chance_(std::move(chance)) {}

foreigner::~foreigner() { die(); }

void foreigner::die() {
  gone_ = true;
  if (session_ != 0) server_.close(std::exchange(session_, 0));
}

void foreigner::schedule() {
  time_.after(chance_.between(clock::duration(50ms), clock::duration(1s)), [this] {
    if (gone_) return;
    step();
    schedule();
  });
}

void foreigner::step() {
  if (chance_.percent(8)) {
    time_.note("foreigner", "dies");
    ++life_;
  }
  if (session_ == 0) session_ = server_.accept(*this);
  const auto& stream = streams_[chance_.below(streams_.size())];
  send({"XREADGROUP", "GROUP", group_, "foreign" + std::to_string(life_), "COUNT",
        std::to_string(chance_.between(1, 3)), "STREAMS", stream, ">"});
}

void foreigner::send(const std::vector<std::string>& words) {
  command what(words.front());
  for (std::size_t i = 1; i < words.size(); ++i) what.arg(words[i]);
  if (session_ != 0) server_.receive(session_, what.frame());
}

// Replies come whole. Those of a server that is in trouble, and those of XACK, say nothing here.
void foreigner::on_reply(std::string bytes) {
  const resp::value reply(bytes);
  if (reply.type() != resp::kind::map) return;
  const std::string stream(reply[0].text());
  for (const auto& each : reply[1]) take(stream, std::string(each[0].text()));
}

void foreigner::take(const std::string& stream, const std::string& id) {
  books_.given_abroad(stream, *entry_id::parse(id));
  const auto work = chance_.between(clock::duration(1ms), longest_work_);
  time_.after(work, [this, stream, id, life = life_] {
    if (!gone_ && life == life_) acknowledge(stream, id);
  });
}

void foreigner::acknowledge(const std::string& stream, const std::string& id) {
  books_.acknowledged_abroad(stream, *entry_id::parse(id));
  send({"XACK", stream, group_, id});
}

}  // namespace sluice::simulation
