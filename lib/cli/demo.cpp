#include "line_source.hpp"
#include "member_process.hpp"
#include "records.hpp"
#include "session.hpp"
#include "tally.hpp"
#include "verbs.hpp"

#include <sluice/stream/group_consumer.hpp>
#include <sluice/stream/producer.hpp>
#include <sluice/testing/private_server.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr const char* group_name = "demo-workers";
constexpr auto idle_before_claim = 300ms;

struct demo_flags {
  std::string url;
  std::string input;
};

void say(const std::string& line) { std::cout << line << '\n' << std::flush; }

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

group membership(const std::string& stream, const std::string& name) {
  return group(group_name).consumer(name).stream(stream).prefetch(20).wait(waiting::up_to(300ms));
}

/// The demo in the order in which it happens. All members of this process share one client.
class demonstration {
 public:
  demonstration(client redis, std::string url)
      : redis_(std::move(redis)),
        url_(std::move(url)),
        stream_("sluice-demo-" + std::to_string(::getpid())) {}

  asio::awaitable<bool> run(std::vector<fields> records);

 private:
  asio::awaitable<void> produce(std::vector<fields> records);
  asio::awaitable<void> work(std::string name);
  asio::awaitable<void> listen_to(int output);
  asio::awaitable<void> kill_one_half_way();
  asio::awaitable<void> claim_what_it_held();
  asio::awaitable<bool> settle_account();

  client redis_;
  std::string url_;
  std::string stream_;
  tally done_;
  std::optional<member_process> victim_;
  std::size_t produced_ = 0;
  std::size_t held_ = 0;
  std::size_t claimed_ = 0;
  std::size_t connections_ = 0;
  int working_ = 0;
  bool listening_ = false;
};

asio::awaitable<bool> demonstration::run(std::vector<fields> records) {
  co_await redis_.connect();
  say("1. server: " + redis_.server().to_string());
  co_await produce(std::move(records));
  victim_.emplace(member_orders{url_, stream_, group_name, "member-3"});
  listening_ = true;
  asio::co_spawn(redis_.get_executor(), listen_to(victim_->take_output()), rethrow);
  // It is to hold entries when it dies: the others begin once it has worked on its first.
  for (int i = 0; i < 500 && done_.by("member-3") == 0; ++i) co_await pause(10ms);
  for (const char* const name : {"member-1", "member-2"}) {
    ++working_;
    asio::co_spawn(redis_.get_executor(), work(name), rethrow);
  }
  co_await kill_one_half_way();
  while (working_ > 0 || listening_) co_await pause(5ms);
  co_await claim_what_it_held();
  const bool adds_up = co_await settle_account();
  co_await redis_.exec("DEL", stream_);
  co_return adds_up;
}

asio::awaitable<void> demonstration::produce(std::vector<fields> records) {
  const auto start = std::chrono::steady_clock::now();
  producer out(redis_);
  for (auto& each : records) co_await out.send(stream_, std::move(each));
  co_await out.flush();
  produced_ = records.size();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  const reply made = co_await redis_.exec("XGROUP", "CREATE", stream_, group_name, "0", "MKSTREAM");
  say("2. produced " + std::to_string(produced_) + " records in " +
      std::to_string(static_cast<int>(passed.count() * 1e3)) + " ms");
}

asio::awaitable<void> demonstration::work(std::string name) {
  group_consumer member(redis_, membership(stream_, name));
  while (auto record = co_await member.get_entry()) {
    done_.work_on(*record, name);
    // Slow enough that the kill comes in the middle.
    if (done_.worked() % 16 == 0) co_await pause(1ms);
    co_await std::move(*record).ack();
  }
  --working_;
}

asio::awaitable<void> demonstration::listen_to(int output) {
  line_source lines(redis_.get_executor(), output);
  while (auto id = co_await lines.next()) done_.note(*id, "member-3");
  listening_ = false;
}

asio::awaitable<void> demonstration::kill_one_half_way() {
  while (working_ > 0 && done_.worked() < produced_ / 2) co_await pause(1ms);
  const reply clients = co_await redis_.exec("CLIENT", "LIST");
  connections_ = count_lines_with(clients.as<std::string_view>(), "name=sluice-demo");
  victim_->kill();
  const reply pending =
      co_await redis_.exec("XPENDING", stream_, group_name, "-", "+", 10'000, "member-3");
  held_ = pending.value().size();
  say("3. killed member-3 (SIGKILL) after " + std::to_string(done_.worked()) +
      " records; it held " + std::to_string(held_));
}

asio::awaitable<void> demonstration::claim_what_it_held() {
  co_await pause(idle_before_claim);
  std::string cursor = "0-0";
  do {
    const reply found = co_await redis_.exec("XAUTOCLAIM", stream_, group_name, "member-1",
                                             idle_before_claim.count(), cursor, "COUNT", 100);
    cursor = std::string(found.value()[0].text());
    for (const auto& each : found.value()[1]) {
      const auto id = std::string(each[0].text());
      done_.work_on(each[1], id, "member-1");
      const reply acknowledged = co_await redis_.exec("XACK", stream_, group_name, id);
      ++claimed_;
    }
  } while (cursor != "0-0");
  say("4. claimed and worked on " + std::to_string(claimed_) + " records of the dead member");
}

asio::awaitable<bool> demonstration::settle_account() {
  const reply summary = co_await redis_.exec("XPENDING", stream_, group_name);
  const auto pending = static_cast<std::size_t>(summary.value()[0].integer().value_or(-1));
  const reply length = co_await redis_.exec("XLEN", stream_);
  const auto stored = static_cast<std::size_t>(length.as<std::int64_t>());
  const auto lost = produced_ - std::min(produced_, done_.distinct());
  const bool adds_up = stored == produced_ && pending == 0 && lost == 0 && held_ == claimed_;
  done_.print(std::cout);
  std::printf(
      "account: produced %zu, worked on %zu, claimed after the crash %zu, acknowledged %zu,\n"
      "         pending %zu, lost %zu, worked on twice %zu; connections %zu (one a process)\n",
      produced_, done_.distinct(), claimed_, stored - std::min(stored, pending), pending, lost,
      done_.worked() - done_.distinct(), connections_);
  std::puts(adds_up ? "the account adds up" : "THE ACCOUNT DOES NOT ADD UP");
  std::fflush(stdout);
  co_return adds_up;
}

std::vector<fields> records_of(const demo_flags& flags) {
  return flags.input.empty() ? installed_packages("/var/lib/dpkg/status")
                             : json_records(flags.input);
}

int demo(const demo_flags& flags) {
  std::optional<testing::private_server> own;
  std::vector<fields> records;
  try {
    records = records_of(flags);
    if (flags.url.empty()) own.emplace();
  } catch (const std::exception& why) {
    complain(why.what());
    return bad_input;
  }
  auto url = own ? own->url() : flags.url;
  url += (url.find('?') == std::string::npos ? "?" : "&") + std::string("name=sluice-demo");
  return cli::run(url, [&](client redis, stop_signal&) -> asio::awaitable<int> {
    demonstration shown(redis, url);
    const bool adds_up = co_await shown.run(std::move(records));
    co_return adds_up ? ok : bad_account;
  });
}

/// The member that will be killed: works slowly, and tells each id before it acknowledges it.
asio::awaitable<int> work_until_killed(member_orders orders, client redis) {
  group_consumer member(redis, membership(orders.stream, orders.name).wait(waiting::for_ever()));
  while (auto record = co_await member.get_entry()) {
    std::cout << record->id_text() << '\n' << std::flush;
    co_await pause(5ms);
    co_await std::move(*record).ack();
  }
  co_return ok;
}

}  // namespace

void add_demo(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand(
      "demo", "Produce real records, work on them in a group, kill a member, check the account");
  const auto flags = std::make_shared<demo_flags>();
  verb->add_option("--input", flags->input,
                   "A file of JSON objects, one a line; Debian's package database without it");
  verb->add_option("--url", flags->url, "A server of yours; a private one without it");
  verb->callback([&code, flags] { code = demo(*flags); });

  auto* const hidden = tool.add_subcommand("demo-member", "")->group("");
  const auto orders = std::make_shared<member_orders>();
  hidden->add_option("--url", orders->url)->required();
  hidden->add_option("--stream", orders->stream)->required();
  hidden->add_option("--group", orders->group)->required();
  hidden->add_option("--consumer", orders->name)->required();
  hidden->callback([&code, orders] {
    code = run(orders->url, [orders](client redis, stop_signal&) {
      return work_until_killed(*orders, std::move(redis));
    });
  });
}

}  // namespace sluice::cli
