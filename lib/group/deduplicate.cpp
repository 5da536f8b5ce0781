#include "core/bounded.hpp"
#include "group/gate.hpp"
#include "group/group_access.hpp"
#include "group/group_lane.hpp"
#include "group/run_on.hpp"
#include "redis/exec.hpp"

#include "sluice/group/middleware.hpp"

#include <boost/asio/this_coro.hpp>

#include <map>
#include <memory>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

// What one call of `deduplicate` was given.
struct remembering {
  key_of_entry key_of;
  std::chrono::milliseconds memory;
};

// The keys that are worked on, on one connection, and where those with the same one wait.
class busy_keys final : public attachment {
 public:
  using name = std::pair<const remembering*, std::string>;

  std::map<name, std::shared_ptr<gate>> lines;
};

class hold {
 public:
  hold(busy_keys& all, busy_keys::name key, connection& link) : all_(all), key_(std::move(key)) {
    all_.lines.emplace(key_, std::make_shared<gate>(link));
  }
  hold(const hold&) = delete;
  hold& operator=(const hold&) = delete;
  ~hold() {
    const auto line = all_.lines.extract(key_);
    line.mapped()->open();
  }

 private:
  busy_keys& all_;
  busy_keys::name key_;
};

// A mark on its way, until the server has answered. It keeps itself.
class mark final : public reply_sink {
 public:
  mark(std::shared_ptr<connection> link, group_place at)
      : link_(std::move(link)), at_(std::move(at)) {}

  static void send(const std::shared_ptr<mark>& made, const command& set) {
    made->self_ = made;
    const auto frame = set.frame();
    made->link_->submit({.frames = frame, .replies = 1, .when_cut = risk::repeatable}, *made);
  }

 private:
  void on_reply(const resp::value& value, const buffer_ref&) override {
    const auto kept = std::exchange(self_, nullptr);
    if (value.is_error()) tell(server_error(value, "SET"));
  }
  void on_failure(const error& why) override {
    const auto kept = std::exchange(self_, nullptr);
    if (why.code() != errc::closed) tell(why);
  }
  void tell(const error& why) const {
    link_->emit(events::upkeep_failed{.stream = at_.stream,
                                      .group = at_.group,
                                      .what = "remembering a handled entry",
                                      .reason = why.code(),
                                      .text = why.what()});
  }

  std::shared_ptr<connection> link_;
  group_place at_;
  std::shared_ptr<mark> self_;
};

asio::awaitable<void> wait_while_busy(const busy_keys& all, const busy_keys::name& key) {
  for (auto line = all.lines.find(key); line != all.lines.end(); line = all.lines.find(key)) {
    // It is closed for good when it opens: whoever comes first is at the head of a new line.
    const auto opens = line->second;
    co_await opens->wait();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
  }
}

// On the client's executor, but for the handler.
asio::awaitable<void> handle_once(std::shared_ptr<const remembering> how, std::string key,
                                  delivery& which, asio::any_io_executor there,
                                  const entry_handler& next) {
  const auto& lane = group_access::lane_of(which);
  const auto link = lane.connection_of().shared_from_this();
  const auto at = lane.place();
  const auto seen = at.seen_key(key);
  const std::string id(which.id_text());
  auto& busy = link->attached<busy_keys>();
  const busy_keys::name name(how.get(), seen);
  co_await wait_while_busy(busy, name);
  const hold mine(busy, name, *link);
  auto ask = command("EXISTS").arg(seen).repeatable(true);
  const auto answer = co_await exec_on(link, std::move(ask));
  if (answer.value().integer() == 1) co_return;
  const bool was_pending = which.pending();
  co_await run_on(there, next(which));
  const auto state = co_await asio::this_coro::cancellation_state;
  const bool called_off = state.cancelled() != asio::cancellation_type::none;
  if (called_off || which.pending() != was_pending) co_return;
  command set("SET");
  set.arg(seen, id, "NX", "PX", how->memory.count());
  // It is in the queue before the acknowledgement: the server executes it first.
  mark::send(std::make_shared<mark>(link, at), set);
}

asio::awaitable<void> run_once(std::shared_ptr<const remembering> how, delivery& which,
                               const entry_handler& next) {
  auto key = how->key_of(which);
  if (key.empty()) {
    co_await next(which);
    co_return;
  }
  const auto here = co_await asio::this_coro::executor;
  const auto home = group_access::lane_of(which).connection_of().executor();
  auto handled = handle_once(std::move(how), std::move(key), which, here, next);
  co_await run_on(home, std::move(handled));
}

}  // namespace

middleware deduplicate(key_of_entry key_of, std::chrono::milliseconds memory) {
  if (!key_of) throw error(errc::invalid_argument, "entries need a key to be told apart");
  if (memory < std::chrono::milliseconds(1)) {
    throw error(errc::invalid_argument, "a key is remembered for 1 ms at least");
  }
  auto how = std::make_shared<const remembering>(remembering{std::move(key_of), bounded(memory)});
  return [how = std::move(how)](delivery& which, const entry_handler& next) {
    return run_once(how, which, next);
  };
}

}  // namespace sluice
