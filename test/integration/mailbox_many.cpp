// Mailboxes where there is much: many writes at once, many clients of many channels.
#include "support/mailbox_world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstdlib>
#include <map>
#include <memory>

namespace {

using namespace scene;
using sluice::errc;
using sluice::waiting;

texts channel_names(int count, const std::string& head) {
  texts made;
  for (int i = 0; i < count; ++i) made.push_back(head + std::to_string(i));
  return made;
}

TEST_CASE("writes that are asked for at once keep their order, and leave together") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    constexpr int count = 1'000;
    auto me = world.box("me");
    co_await me.write("c", "first");
    const auto before = world.calls("evalsha");
    std::map<int, std::uint64_t> ids;
    for (int i = 0; i < count; ++i) {
      world.beside([&, i]() -> asio::awaitable<void> {
        const auto id = co_await me.write("c", std::to_string(i));
        ids[i] = id;
      });
    }
    co_await until([&] { return ids.size() == count; });
    CHECK(world.calls("evalsha") - before <= count / 50);
    const auto all = co_await world.channels().messages("c", 2 * count, 1);
    REQUIRE(all.size() == count);
    for (int i = 0; i < count; ++i) {
      const auto& each = all[static_cast<std::size_t>(i)];
      CHECK(each.text() == std::to_string(i));
      CHECK(each.id() == ids[i]);
    }
  });
}

TEST_CASE("a write that is cancelled while it stands in line is not stored, and stops nobody") {
  mailbox_world world(mailbox_layout::rivulet());
  rivulet_client python(world.server, "py");
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    python.lock("c");
    int done = 0;
    asio::cancellation_signal stop;
    const auto write = [&](const char* text) -> asio::awaitable<void> {
      auto writing = me.write("c", text);
      co_await sluice::as_result(std::move(writing));
      ++done;
    };
    world.beside([&]() { return write("0"); });
    co_await pause(20ms);
    auto second = write("1");
    asio::co_spawn(world.io, std::move(second),
                   asio::bind_cancellation_slot(stop.slot(), sluice::rethrow));
    world.beside([&]() { return write("2"); });
    co_await pause(20ms);
    stop.emit(asio::cancellation_type::terminal);
    co_await until([&] { return done == 1; });
    python.unlock("c");
    co_await until([&] { return done == 3; });
    const auto all = co_await world.channels().messages("c");
    REQUIRE(all.size() == 2);
    CHECK(all[0].text() == "0");
    CHECK(all[1].text() == "2");
  });
}

TEST_CASE("each write has its own patience with a lock") {
  mailbox_world world(mailbox_layout::rivulet());
  rivulet_client python(world.server, "py");
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me", mailbox_options().lock_patience(400ms));
    python.lock("c");
    bool refused = false;
    bool stored = false;
    world.beside([&]() -> asio::awaitable<void> {
      const auto why = co_await failure_of(me.write("c", "early"));
      CHECK(why.code() == errc::timeout);
      refused = true;
    });
    co_await pause(200ms);
    world.beside([&]() -> asio::awaitable<void> {
      co_await me.write("c", "late");
      stored = true;
    });
    co_await until([&] { return refused; });
    CHECK_FALSE(stored);
    python.unlock("c");
    co_await until([&] { return stored; });
    const auto all = co_await world.channels().messages("c");
    REQUIRE(all.size() == 1);
    CHECK(all[0].text() == "late");
  });
}

TEST_CASE("what is wrong with one channel is told to those who write there alone") {
  mailbox_world world(any_layout());
  world.server.command({"SET", world.key("messages:channel#bad"), "text"});
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    int failed = 0;
    int stored = 0;
    for (int i = 0; i < 10; ++i) {
      world.beside([&]() -> asio::awaitable<void> {
        const auto why = co_await failure_of(me.write("bad", "text"));
        CHECK(why.code() == errc::wrong_type);
        ++failed;
      });
      world.beside([&]() -> asio::awaitable<void> {
        co_await me.write("good", "text");
        ++stored;
      });
    }
    co_await until([&] { return failed == 10 && stored == 10; });
  });
}

/// Clients with ten channels each, on one connection.
struct crowd {
  crowd(mailbox_world& in, int clients) : world(in), arrived(static_cast<std::size_t>(clients)) {
    const auto how = mailbox_options().buffer(0);
    for (int i = 0; i < clients; ++i) {
      boxes.push_back(std::make_unique<mailbox>(world.box("client" + std::to_string(i), how)));
    }
  }

  static texts channels_of(std::size_t client) {
    return channel_names(10, "c" + std::to_string(client) + "-");
  }

  asio::awaitable<void> subscribe() {
    for (std::size_t i = 0; i < boxes.size(); ++i) co_await boxes[i]->subscribe(channels_of(i));
  }

  void read_all() {
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      world.beside([this, i]() -> asio::awaitable<void> {
        while (!ended) {
          const auto came = co_await boxes[i]->read(waiting::for_ever());
          for (const auto& [channel, messages] : came) {
            for (const auto& each : messages) {
              // Each once, in its order.
              if (each.text() != std::to_string(arrived[i][channel]++)) ++wrong;
              ++total;
            }
          }
        }
      });
    }
  }

  /// A message to each channel, the text its number there; written by somebody else's mailbox.
  asio::awaitable<void> write_round(int round) {
    std::size_t written = 0;
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      auto& writer = *boxes[(i + 1) % boxes.size()];
      for (const auto& channel : channels_of(i)) {
        world.beside([&written, &writer, channel, round]() -> asio::awaitable<void> {
          co_await writer.write(channel, std::to_string(round));
          ++written;
        });
      }
    }
    co_await until([&] { return written == 10 * boxes.size(); }, 60s);
  }

  mailbox_world& world;
  std::vector<std::unique_ptr<mailbox>> boxes;
  std::vector<std::map<std::string, int>> arrived;
  std::size_t total = 0;
  int wrong = 0;
  bool ended = false;
};

long memory_of(mailbox_world& world) {
  const auto info = world.server.command({"INFO", "memory"});
  return std::stol(info.substr(info.find("used_memory:") + 12));
}

TEST_CASE("10,000 channels of 1,000 clients: each message comes once, and nothing grows") {
  const char* const asked = std::getenv("SLUICE_TEST_MAILBOX_ROUNDS");
  const int rounds = asked == nullptr ? 2 : std::stoi(asked);
  mailbox_world world(mailbox_layout::native());
  crowd all(world, 1'000);
  world.play(
      [&]() -> asio::awaitable<void> {
        co_await all.subscribe();
        all.read_all();
        long after_first = 0;
        for (int round = 0; round < rounds; ++round) {
          co_await all.write_round(round);
          const auto expected = static_cast<std::size_t>(round + 1) * 10'000;
          co_await until([&] { return all.total == expected; }, 60s);
          if (round == 0) after_first = memory_of(world);
        }
        CHECK(all.wrong == 0);
        CHECK(memory_of(world) < after_first + after_first / 4);
        // All are on one connection, which looks again by the clock, client by client.
        const auto before = world.calls("evalsha");
        co_await pause(500ms);
        CHECK(world.calls("evalsha") - before < 1'000);
        all.ended = true;
      },
      std::chrono::minutes(2));
}

}  // namespace
