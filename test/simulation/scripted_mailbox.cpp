// What random runs have found about mailboxes, told as short stories.
#include "stage.hpp"

#include "sluice/mailbox/mailbox.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>

#include <vector>

namespace {

namespace asio = boost::asio;
using namespace sluice;
using namespace sluice::simulation;

template <class Operation>
void finish(stage& on, Operation operation) {
  asio::co_spawn(on.time.io(), std::move(operation), rethrow);
  on.pass(100ms);
}

asio::awaitable<void> read_into(mailbox& from, std::vector<mailbox_messages>& to) {
  mailbox_messages came = co_await from.read();
  to.push_back(std::move(came));
}

}  // namespace

TEST_CASE("a read that is cancelled while its commit is refused gives its messages once, later") {
  stage on;
  mailbox box(on.redis, "anna");
  finish(on, box.subscribe({"news"}));
  asio::co_spawn(on.time.io(), box.write("news", "hello"), asio::detached);
  on.pass(100ms);
  std::vector<mailbox_messages> came;
  asio::cancellation_signal stop;
  bool cancelled = false;
  asio::co_spawn(on.time.io(), read_into(box, came),
                 asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr failure) {
                   cancelled = failure != nullptr;
                 }));
  // It has asked for its channels and for what is there, this twice as the server did not know the
  // script, and now moves its position.
  on.pass(6500us);
  on.server.set_mood(mood::no_replicas);
  stop.emit(asio::cancellation_type::terminal);
  on.pass(100ms);
  on.server.set_mood(mood::well);
  REQUIRE(cancelled);
  for (int i = 0; i < 2; ++i) finish(on, read_into(box, came));
  REQUIRE(came.size() == 2);
  CHECK(came[0].at("news").size() == 1);
  CHECK(came[1].empty());
}

TEST_CASE("a read that did not hear of its commit gives its messages later, once") {
  for (auto moment = 1ms; moment < 20ms; moment += 1ms) {
    CAPTURE(moment.count());
    stage on;
    mailbox earlier(on.redis, "anna");
    finish(on, earlier.subscribe({"news"}));
    asio::co_spawn(on.time.io(), earlier.write("news", "hello"), asio::detached);
    on.pass(100ms);
    on.wires.life = moment;
    mailbox box(on.connect(), "anna");
    std::vector<mailbox_messages> came;
    asio::co_spawn(on.time.io(), read_into(box, came), asio::detached);
    on.pass(moment);
    on.wires.life.reset();
    on.wires.refusals = 1'000;
    on.pass(30s);
    on.wires.refusals = 0;
    on.pass(10s);
    for (int i = 0; i < 3; ++i) finish(on, read_into(box, came));
    std::size_t messages = 0;
    for (const auto& each : came) messages += each.size();
    CHECK(messages == 1);
  }
}
