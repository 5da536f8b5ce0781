#include "kafka/kafka_main.hpp"

#include "app/json_envelope.hpp"
#include "kafka/intake.hpp"
#include "kafka/member.hpp"
#include "redis/client_access.hpp"

#include <utility>

namespace sluice::kafka {
namespace {

namespace asio = boost::asio;

// librdkafka takes some of what Kafka would refuse for a pattern of names.
void check_topic(const std::string& name) {
  constexpr auto allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (name.size() <= 249 && name.find_first_not_of(allowed) == std::string::npos) return;
  throw error(
      errc::invalid_argument,
      diagnostics("a topic of Kafka has a name of letters, digits, '.', '_' and '-'").stream(name));
}

class kafka_reception final : public reception {
 public:
  kafka_reception(std::shared_ptr<member> through, std::shared_ptr<intake> into)
      : through_(std::move(through)), into_(std::move(into)) {}

  asio::awaitable<void> run() override { return member::serve(through_, into_); }
  void stop() noexcept override { into_->stop(); }
  void concurrency(std::size_t messages) override { into_->concurrency(messages); }
  asio::awaitable<std::optional<std::uint64_t>> backlog() override {
    co_return static_cast<std::uint64_t>(into_->lag());
  }

 private:
  std::shared_ptr<member> through_;
  std::shared_ptr<intake> into_;
};

}  // namespace

kafka_main::kafka_main(const client& redis, std::shared_ptr<const settings> how)
    : link_(client_access::shared_link(redis)),
      outlets_(std::make_shared<outlets>(link_, std::move(how))) {}

void kafka_main::send(const std::string& topic, const envelope& what, sent_handler done) {
  check_topic(topic);
  const auto text = write_envelope_json(what);
  letter made;
  made.topic = topic;
  made.payload = text;
  if (!what.key.empty()) made.key = what.key;
  outlets_->get().send(made, std::move(done));
}

kept_message kafka_main::keep(const std::string& topic, const envelope& what) const {
  check_topic(topic);
  return main_stream::keep(topic, what);
}

std::string kafka_main::waiting_place() const {
  return main_stream::waiting_place() + ":kafka:" + outlets_->how().chosen().addresses();
}

std::unique_ptr<reception> kafka_main::receive(const std::string& topic, const std::string& group,
                                               const listener_options& how, envelope_handler work) {
  check_topic(topic);
  auto& known = members_[group];
  auto through = known.lock();
  if (!through) known = through = std::make_shared<member>(link_, outlets_->how(), group);
  auto into =
      std::make_shared<intake>(link_, outlets_, intake_place(topic, group), how, std::move(work));
  return std::make_unique<kafka_reception>(std::move(through), std::move(into));
}

}  // namespace sluice::kafka
