#include "redis/script_call.hpp"

#include "redis/call.hpp"

#include "sluice/redis/command.hpp"

#include <memory>
#include <utility>

namespace sluice {
namespace {

// Keeps itself alive while it is under way.
class script_call final : public reply_sink, public std::enable_shared_from_this<script_call> {
 public:
  script_call(connection& link, const script& what, risk when_cut, script_handler done,
              clock::time_point deadline)
      : link_(link),
        what_(what),
        when_cut_(when_cut),
        done_(std::move(done)),
        deadline_(deadline) {}

  void start(const std::vector<std::string>& keys, const std::vector<std::string>& arguments) {
    command rest("EVAL");
    rest.arg(what_.text()).arg(keys.size());
    command first("EVALSHA");
    first.arg(what_.digest()).arg(keys.size());
    for (const auto& each : keys) rest.arg(each), first.arg(each);
    for (const auto& each : arguments) rest.arg(each), first.arg(each);
    in_full_ = rest.frame();
    send(first.frame(), false);
  }

 private:
  void send(const std::string& frame, bool goes_on) {
    self_ = shared_from_this();
    link_.submit({.frames = frame,
                  .replies = 1,
                  .when_cut = when_cut_,
                  .deadline = deadline_,
                  .goes_on = goes_on,
                  .sent_before = repeated_},
                 *this);
  }

  void on_reply(const resp::value& value, const buffer_ref& bytes) override {
    const auto self = std::exchange(self_, nullptr);
    if (!value.is_error()) {
      return done_({.value = &value, .bytes = bytes, .failure = nullptr, .repeated = repeated_});
    }
    const auto why = server_error(value, "EVALSHA");
    if (why.code() == errc::no_script && !in_full_.empty()) {
      return send(std::exchange(in_full_, {}), true);
    }
    done_({.value = nullptr, .bytes = {}, .failure = &why, .repeated = repeated_});
  }

  void on_failure(const error& why) override {
    const auto self = std::exchange(self_, nullptr);
    done_({.value = nullptr, .bytes = {}, .failure = &why, .repeated = repeated_});
  }

  void on_repeated() noexcept override { repeated_ = true; }

  connection& link_;
  const script& what_;
  risk when_cut_;
  script_handler done_;
  clock::time_point deadline_;
  std::string in_full_;
  std::shared_ptr<script_call> self_;
  bool repeated_ = false;
};

}  // namespace

void run_script(connection& link, const script& what, const std::vector<std::string>& keys,
                const std::vector<std::string>& arguments, risk when_cut, script_handler done,
                clock::time_point deadline) {
  std::make_shared<script_call>(link, what, when_cut, std::move(done), deadline)
      ->start(keys, arguments);
}

script_wait::script_wait(connection& link, started earlier)
    : waiter(link.waiters()), link_(link), fate_(std::move(earlier)) {
  fate_->who = this;
}

script_wait::~script_wait() { fate_->who = nullptr; }

void script_wait::start(const script& what, const std::vector<std::string>& keys,
                        const std::vector<std::string>& arguments, script_handler also,
                        clock::time_point deadline) {
  fate_->who = this;
  auto done = [told = fate_, also = std::move(also)](const script_outcome& outcome) {
    if (also) also(outcome);
    told->over = true;
    told->repeated = outcome.repeated;
    if (outcome.failure != nullptr) {
      told->failure = *outcome.failure;
    } else {
      told->answer = reply(*outcome.value, outcome.bytes);
    }
    if (told->who != nullptr) told->who->make_ready();
  };
  run_script(link_, what, keys, arguments, risk::repeatable, std::move(done), deadline);
}

reply script_wait::take() const {
  if (fate_->failure) throw *fate_->failure;
  if (!fate_->over) throw error(errc::cancelled, "cancelled; it is done all the same");
  return fate_->answer;
}

}  // namespace sluice
