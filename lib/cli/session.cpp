#include "cli/session.hpp"

#include "cli/complain.hpp"

#include <sluice/core/event.hpp>
#include <sluice/core/result.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

template <class Event, class... Kinds>
constexpr bool is_one_of = (std::is_same_v<Event, Kinds> || ...);

// Not a refused heartbeat: that ends the verb, which says why.
template <class Event>
constexpr bool told_as_it_is =
    is_one_of<Event, events::group_recreated, events::payload_lost, events::heartbeat_lost,
              events::heartbeat_restored, events::member_silent, events::lease_lost,
              events::dead_lettered, events::clock_stepped, events::upkeep_failed,
              events::flush_failed, events::carrier_troubled, events::extension_failed>;

/// Tells what happens underneath where it concerns whoever watches.
class news {
 public:
  explicit news(std::size_t& acknowledgements_lost) : lost_(acknowledgements_lost) {}

  void operator()(const events::disconnected& what) const {
    complain(std::string(what.text) + "; connecting again");
  }
  void operator()(const events::connected& what) const {
    if (what.reconnects > 0) complain("connected to " + std::string(what.address) + " again");
  }
  void operator()(const events::acknowledgement_failed& what) const {
    lost_ += what.entries;
    complain(to_string(event(what)));
  }
  template <class Other>
  void operator()(const Other& what) const {
    if constexpr (told_as_it_is<Other>) complain(to_string(event(what)));
  }

 private:
  std::size_t& lost_;
};

/// The two signals, and a word to whoever waits for the end.
class signal_watch {
 public:
  signal_watch(asio::io_context& io, stop_request& request)
      : signals_(io, SIGINT, SIGTERM), patience_(io), request_(request) {
    signals_.async_wait([this](const boost::system::error_code& ended, int signal) {
      if (!ended) on_first(signal);
    });
  }

  void end() {
    signals_.cancel();
    patience_.cancel();
  }

 private:
  void on_first(int signal) {
    signals_.async_wait([](const boost::system::error_code& ended, int again) {
      // Not `_Exit`: a terminal may have to be given back.
      if (!ended) std::quick_exit(128 + again);
    });
    patience_.expires_after(1s);
    patience_.async_wait([](const boost::system::error_code& ended) {
      if (!ended) complain("finishing what is under way; once more ends it at once");
    });
    request_.make(signal);
  }

  asio::signal_set signals_;
  asio::steady_timer patience_;
  stop_request& request_;
};

asio::awaitable<void> reach(client redis, const std::string& part) {
  auto connecting = redis.connect();
  const auto outcome = co_await as_result(std::move(connecting));
  if (outcome) co_return;
  auto why = outcome.error().why();
  if (!part.empty()) why.message("the streams string's " + part + ": " + why.message());
  throw error(outcome.error().code(), std::move(why));
}

asio::awaitable<int> connect_and_act(session& here, const std::vector<server_address>& servers,
                                     const verb& act) {
  const auto give_up = [&here] { here.give_up(); };
  {
    const on_stop while_connecting(here.stop, give_up);
    co_await reach(here.redis, servers.front().part);
    for (std::size_t i = 1; i < servers.size(); ++i) {
      client other(here.redis.get_executor(), servers[i].options);
      co_await reach(other, servers[i].part);
    }
  }
  const int code = co_await act(here);
  co_return code;
}

int judge(const session& here, const std::exception_ptr& thrown, int code) {
  // What fails because it was stopped is not worth a word.
  const auto* const while_stopping = here.stop.made() ? &here.stop : nullptr;
  if (thrown && while_stopping == nullptr) return here.abandoned ? ok : complain_about(thrown);
  if (while_stopping != nullptr && (thrown || code == ok || code == fell_short)) {
    return while_stopping->exit_code();
  }
  return code;
}

}  // namespace

session::session(asio::any_io_executor executor, connection_options options)
    : redis(std::move(executor), watched(std::move(options))) {}

connection_options session::watched(connection_options options) {
  if (options.name().empty()) options.name(default_connection_name);
  options.on_event([this](const event& what) {
    if (!quiet) std::visit(news(acknowledgements_lost), what);
  });
  return options;
}

void session::give_up() {
  redis.stop();
  ended.emit(asio::cancellation_type::terminal);
}

void stop_request::make(int signal) {
  signal_ = signal;
  if (act_) act_();
}

on_stop::on_stop(stop_request& request, std::function<void()> act) : request_(request) {
  request_.act_ = std::move(act);
  if (request_.made()) request_.act_();
}

on_stop::~on_stop() { request_.act_ = nullptr; }

int run(const std::string& url, const verb& act, const std::string& connection_name) {
  connection_options options(url);
  if (options.name().empty()) options.name(connection_name);
  return run(std::vector<server_address>(1, server_address("", std::move(options))), act);
}

int run(std::vector<server_address> servers, const verb& act) {
  // A reader that goes away shows as a failed write, which says how much it took.
  std::signal(SIGPIPE, SIG_IGN);
  int code = trouble;
  try {
    asio::io_context io(1);
    session here(io.get_executor(), servers.front().options);
    signal_watch signals(io, here.stop);
    const auto end = [&](const std::exception_ptr& thrown, int result) {
      code = judge(here, thrown, result);
      signals.end();
      here.redis.stop();
    };
    asio::co_spawn(io, connect_and_act(here, servers, act),
                   asio::bind_cancellation_slot(here.ended.slot(), end));
    io.run();
  } catch (...) {
    return complain_about(std::current_exception());
  }
  return code;
}

}  // namespace sluice::cli
