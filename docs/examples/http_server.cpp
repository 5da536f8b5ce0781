// An HTTP server whose handlers call services. Try it:
//
//   curl -N localhost:PORT/count -d '{"to":3}' -H 'Prefer: wait=5' -H 'Accept: text/event-stream'
#include "http_response.hpp"

#include <sluice/app/app.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

using asio::ip::tcp;
using request = http::request<http::string_body>;

// What can be reached from outside.
const std::map<std::string_view, std::string> topics{
    {"/count", "count"}, {"/fail", "fail"}, {"/nothing", "nothing"}, {"/nobody", "nobody"}};

// [watch]
/// Ends a call when its client goes away, and when it is left before its end. Who says no more, but
/// would still listen, counts as gone: nobody can tell the two apart.
class attended_call {
 public:
  attended_call(tcp::socket& client, sluice::feedback_lane lane)
      : client_(client), lane_(std::move(lane)), departure_(std::make_shared<departure>()) {
    client_.async_wait(
        tcp::socket::wait_read, [weak = std::weak_ptr(departure_), &client](auto failed) {
          const auto departure = weak.lock();  // where it is gone, the socket may be as well
          if (failed || !departure) return;
          char byte = 0;
          boost::system::error_code gone;
          client.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, gone);
          if (!gone) return;  // the next request, which waits
          departure->seen = true;
          departure->signal.emit(asio::cancellation_type::terminal);
        });
  }
  attended_call(const attended_call&) = delete;
  attended_call& operator=(const attended_call&) = delete;
  ~attended_call() {
    boost::system::error_code ignored;
    client_.cancel(ignored);
    if (!ended_) lane_.cancel();
  }

  /// Empty when the listeners are done.
  asio::awaitable<std::optional<json::value>> next(std::chrono::milliseconds limit) {
    if (departure_->seen) throw sluice::error(sluice::error::cancelled);
    auto reading = lane_.read(limit);
    auto answer = co_await asio::co_spawn(
        client_.get_executor(), std::move(reading),
        asio::bind_cancellation_slot(departure_->signal.slot(), asio::use_awaitable));
    ended_ = !answer;
    co_return answer;
  }

 private:
  struct departure {
    asio::cancellation_signal signal;
    bool seen = false;
  };

  tcp::socket& client_;
  sluice::feedback_lane lane_;
  std::shared_ptr<departure> departure_;
  bool ended_ = false;
};
// [/watch]

// `Prefer: wait=SECONDS` (RFC 7240) says for how long the client waits.
std::chrono::milliseconds time_limit(const request& what) {
  constexpr std::string_view wait = "wait=";
  const std::string_view said(what["Prefer"].data(), what["Prefer"].size());
  unsigned seconds = 10;
  if (const auto at = said.find(wait); at != said.npos) {
    std::from_chars(said.data() + at + wait.size(), said.data() + said.size(), seconds);
  }
  return std::chrono::seconds(std::clamp(seconds, 1U, 300U));
}

// [call]
asio::awaitable<void> call(sluice::app& web, tcp::socket& client, const std::string& topic,
                           json::value what, std::chrono::milliseconds limit, response& to) {
  const auto until = std::chrono::steady_clock::now() + limit;
  // The listener's time is over a little later than ours: it is for us to say what came of it.
  const auto how = sluice::send_options().within(limit + 1s);
  std::optional<sluice::error> failure;
  try {
    attended_call answers(client, web.send(topic, std::move(what), how));
    for (;;) {
      const auto left = until - std::chrono::steady_clock::now();
      auto answer = co_await answers.next(std::chrono::ceil<std::chrono::milliseconds>(left));
      if (!answer) break;
      co_await to.add(*std::move(answer));
    }
  } catch (const sluice::error& why) {
    failure = why;
  }
  if (!failure) co_return co_await to.end();
  co_await to.fail(status_of(*failure), text_of(*failure));
}
// [/call]

asio::awaitable<void> answer(sluice::app& web, tcp::socket& client, const request& what,
                             response& to) {
  const auto found = topics.find(std::string_view(what.target().data(), what.target().size()));
  boost::system::error_code flaw;
  auto value = json::parse(what.body(), flaw);
  if (found == topics.end()) {
    co_await to.fail(http::status::not_found, "there is no such service");
  } else if (what.method() != http::verb::post) {
    co_await to.fail(http::status::method_not_allowed, "services are called by POST");
  } else if (what.version() < 11) {
    co_await to.fail(http::status::http_version_not_supported, "answers come in chunks");
  } else if (flaw) {
    co_await to.fail(http::status::bad_request, "the body is no JSON");
  } else {
    co_await call(web, client, found->second, std::move(value), time_limit(what), to);
  }
}

// [serve]
/// Accepts clients until it is stopped, and ends when the last of them has its answers.
class front_door {
 public:
  front_door(const asio::any_io_executor& executor, sluice::app& web)
      : door_(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        all_left_(executor, asio::steady_timer::time_point::max()),
        web_(web) {}

  unsigned short port() const { return door_.local_endpoint().port(); }

  asio::awaitable<void> run() {
    while (!stopping_) {
      boost::system::error_code closed;
      auto client = co_await door_.async_accept(asio::redirect_error(asio::use_awaitable, closed));
      if (closed) continue;
      ++clients_;
      asio::co_spawn(door_.get_executor(), serve(beast::tcp_stream(std::move(client))),
                     [this](std::exception_ptr) {  // a client that is gone is no error of ours
                       if (--clients_ == 0) all_left_.cancel();
                     });
    }
    boost::system::error_code cancelled;
    while (clients_ > 0) {
      co_await all_left_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
  }
  void stop() {
    stopping_ = true;
    door_.close();
    for (auto* const each : idle_) each->cancel();
  }

 private:
  asio::awaitable<void> serve(beast::tcp_stream client) {
    beast::flat_buffer received;
    bool stays = true;
    while (stays && !stopping_) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(1 << 20);
      client.expires_after(30s);
      idle_.insert(&client);
      boost::system::error_code gone;
      co_await http::async_read(client, received, parser,
                                asio::redirect_error(asio::use_awaitable, gone));
      idle_.erase(&client);
      if (gone) co_return;
      client.expires_never();
      response to(client, parser.get(), stopping_);
      co_await answer(web_, client.socket(), parser.get(), to);
      stays = parser.keep_alive();
    }
  }

  tcp::acceptor door_;
  asio::steady_timer all_left_;
  sluice::app& web_;
  std::set<beast::tcp_stream*> idle_;
  int clients_ = 0;
  bool stopping_ = false;
};
// [/serve]

// Services, which usually are other programs.

/// Tells how its work ended.
struct counting {
  int left;
  ~counting() { std::cout << (left == 0 ? "counted" : "stopped counting") << std::endl; }
};

asio::awaitable<void> count(sluice::request& what, int to) {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  counting state{to};
  for (; state.left > 0; --state.left) {
    what.respond({{"left", state.left}});
    co_await what.room();
    pause.expires_after(20ms);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

// [main]
asio::awaitable<void> serve_until(asio::signal_set& signals, sluice::client redis) {
  const auto here = co_await asio::this_coro::executor;
  co_await redis.connect();
  sluice::app counter(redis, "counter");
  counter.listen("count", sluice::arguments("to"), count).listen("nothing", [] {});
  counter.listen("fail", [] { throw std::runtime_error("out of numbers"); });
  sluice::app web(redis, "web");
  front_door door(here, web);
  std::cout << "port " << door.port() << std::endl;

  asio::co_spawn(here, counter.run(), sluice::rethrow);
  signals.async_wait([&door](auto ended, int) {
    if (!ended) door.stop();
  });
  co_await door.run();
  counter.stop();
  co_await redis.close();
}

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
  asio::signal_set signals(io, SIGINT, SIGTERM);
  asio::co_spawn(io, serve_until(signals, redis), sluice::rethrow);
  io.run();
  std::cout << "done" << std::endl;
}
// [/main]
