#include "app/list_main.hpp"

#include "app/json_envelope.hpp"
#include "app/list_intake.hpp"
#include "app/list_lifetime.hpp"
#include "list/kept_list.hpp"
#include "list/list_isolation.hpp"
#include "list/popped_list.hpp"
#include "redis/client_access.hpp"
#include "redis/posting.hpp"

#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

class list_reception final : public reception {
 public:
  // It keeps the client, so that the connection lasts until it has drained.
  list_reception(client redis, std::shared_ptr<list_intake> from)
      : redis_(std::move(redis)), from_(std::move(from)) {}

  asio::awaitable<void> run() override { return list_intake::run(from_); }
  void stop() noexcept override { from_->stop(); }
  void concurrency(std::size_t messages) override { from_->concurrency(messages); }
  asio::awaitable<std::optional<std::uint64_t>> backlog() override {
    return list_intake::backlog(from_);
  }

 private:
  client redis_;
  std::shared_ptr<list_intake> from_;
};

}  // namespace

void list_main::send(const std::string& topic, const envelope& what, sent_handler done) {
  auto& link = client_access::link(redis_);
  const auto text = write_envelope_json(what);
  if (!link.has_room(text.size())) {
    throw error(errc::overloaded, "too much is on its way: await sent() between messages");
  }
  post_unit(
      link,
      {command("LPUSH").arg(topic, text), command("EXPIRE").arg(topic, list_lifetime.count())},
      risk::once,
      [done = std::move(done)](const resp::value&, const error* failure) { done(failure); });
}

kept_message list_main::keep(const std::string& topic, const envelope& what) const {
  return {"list", topic, {write_envelope_json(what), std::to_string(list_lifetime.count())}};
}

std::unique_ptr<reception> list_main::receive(const std::string& topic, const std::string& group,
                                              const listener_options& how, envelope_handler work) {
  const auto link = client_access::shared_link(redis_);
  list_place at{.key = topic, .group = group, .lifetime = list_lifetime};
  std::unique_ptr<message_list> elements;
  const auto isolation = std::make_shared<list_isolation>(kept_list::silence(how.heartbeat()));
  if (keep_) {
    elements = std::make_unique<kept_list>(link, std::move(at), isolation, how.heartbeat(),
                                           how.max_deliveries());
  } else {
    elements = std::make_unique<popped_list>(link, std::move(at));
  }
  auto intake = std::make_shared<list_intake>(link, topic, group, how, std::move(work),
                                              std::move(elements), isolation);
  return std::make_unique<list_reception>(redis_, std::move(intake));
}

}  // namespace sluice
