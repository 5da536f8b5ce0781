#include "app/stream_main.hpp"

#include "app/group_backlog.hpp"
#include "app/spent_entries.hpp"
#include "group/group_access.hpp"
#include "redis/client_access.hpp"
#include "redis/posting.hpp"
#include "stream/add_command.hpp"

#include "sluice/group/worker.hpp"

#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

asio::awaitable<void> work_on(delivery& which, envelope_handler work) {
  arrival came(decode_envelope(which), group_access::canceller_of(which));
  co_await work(std::move(came));
}

// `spent` is null where messages are kept.
entry_handler handler_of(envelope_handler work, std::shared_ptr<spent_entries> spent) {
  return [work = std::move(work), spent = std::move(spent)](delivery& which) {
    if (spent) spent->on_given();
    return work_on(which, work);
  };
}

class stream_reception final : public reception {
 public:
  stream_reception(client redis, sluice::group as, const listener_options& how,
                   envelope_handler work)
      : link_(client_access::shared_link(redis)),
        stream_(as.streams().front()),
        group_(as.name()),
        worker_(std::move(redis), std::move(as),
                handler_of(std::move(work), how.keep_handled() ? nullptr
                                                               : std::make_shared<spent_entries>(
                                                                     link_, stream_, group_)),
                options_of(how)) {}

  asio::awaitable<void> run() override { return worker_.run(); }
  void stop() noexcept override { worker_.stop(); }
  void concurrency(std::size_t messages) override { worker_.concurrency(messages); }
  // To the server what was read ahead has been taken.
  asio::awaitable<std::optional<std::uint64_t>> backlog() override {
    auto asked = group_backlog(link_, stream_, group_);
    auto waiting = co_await std::move(asked);
    if (waiting) *waiting += worker_.statistics().read_ahead;
    co_return waiting;
  }

 private:
  // What a listener may try again it has tried before it throws.
  static worker_options options_of(const listener_options& how) {
    return sluice::concurrency(how.concurrency())
        .retry(retry_policy::none())
        .drain_within(how.drain_within());
  }

  std::shared_ptr<connection> link_;
  std::string stream_, group_;
  worker worker_;
};

}  // namespace

void stream_main::send(const std::string& topic, const envelope& what, sent_handler done) {
  auto& link = client_access::link(redis_);
  const auto frame = add_command::encode(topic, encode_envelope(what), add_options());
  if (!link.has_room(frame.size())) {
    throw error(errc::overloaded, "too much is on its way: await sent() between messages");
  }
  post(link, frame, risk::once,
       [done = std::move(done)](const resp::value&, const error* failure) { done(failure); });
}

std::unique_ptr<reception> stream_main::receive(const std::string& topic, const std::string& group,
                                                const listener_options& how,
                                                envelope_handler work) {
  auto as = sluice::group(group).stream(topic).heartbeat(how.heartbeat());
  // A message that its members die of is not tried for ever.
  as.max_deliveries(how.max_deliveries());
  // What is read ahead here no other process can take: with a backlog in view, little is.
  if (how.scaling().varies()) as.prefetch(how.concurrency());
  return std::make_unique<stream_reception>(redis_, std::move(as), how, std::move(work));
}

}  // namespace sluice
