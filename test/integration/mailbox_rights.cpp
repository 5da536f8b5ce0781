// The rights that docs/guarantees.md calls enough for mailboxes are enough, and each is needed.
#include "support/mailbox_world.hpp"

namespace {

using namespace scene;
using sluice::waiting;

// Word for word what the guarantees print, in their order.
constexpr auto for_connecting =
    "+hello +ping +client|setname +client|tracking +command|info +set +xlen";
constexpr auto for_both =
    "+eval +evalsha +hsetnx +hget +hset +hdel +pexpire +incrby +get +set +time "
    "+zadd +zrem +zscore +zmscore +zrange +zrangebyscore +zcard +del";
constexpr auto for_native = "+xadd +xrange +xrevrange +xlen +xtrim";
constexpr auto for_rivulet = "+pttl +zcount +zremrangebyscore +zremrangebyrank";

texts words_of(const std::string& text) {
  std::istringstream all(text);
  texts found;
  for (std::string each; all >> each;) found.push_back(each);
  return found;
}

std::string rights_of(mailbox_layout::form form) {
  const bool native = form == mailbox_layout::form::native;
  std::string all(for_both);
  return all.append(" ").append(native ? for_native : for_rivulet).append(" +scan");
}

struct guarded_world : mailbox_world {
  explicit guarded_world(mailbox_layout where) : mailbox_world(std::move(where)) {}

  /// The user as the guarantees make it, but for one right.
  void grant(const std::string& missing = "") {
    texts words{"ACL", "SETUSER", "worker", "reset", "on", ">secret"};
    if (layout.kind() == mailbox_layout::form::native) {
      words.emplace_back("~sluice:box:*");
    } else {
      for (const auto* each :
           {"~ids:*", "~messages:*", "~clients:*", "~indexes:*", "~lock:*", "~once:*"}) {
        words.emplace_back(each);
      }
    }
    words.emplace_back("~sluice:probe:*");
    for (const auto& each : words_of(for_connecting)) words.push_back(each);
    for (const auto& each : words_of(rights_of(layout.kind()))) {
      if (each != missing) words.push_back(each);
    }
    server.command(words);
    server.command({"ACL", "LOG", "RESET"});
  }
  /// From 7.2 on each link announces the library, which these rights do not cover.
  bool refused() {
    const auto log = server.command({"ACL", "LOG"});
    return !log.empty() && log.find("setinfo") == std::string::npos;
  }
  /// All that mailboxes do.
  asio::awaitable<void> use_all(std::string channel) {
    const auto link = connect(server.url() + "?user=worker&password=secret");
    const auto cutting = options().max_length(3).max_age(1h).buffer(0);
    mailbox me(link, "me", cutting);
    mailbox other(link, "other", cutting);
    const mailbox_channels all(link, layout);
    const texts channels{channel};
    co_await me.subscribe(channels);
    co_await other.subscribe(channels, mailbox_start::earliest);
    for (const auto& each : numbered(5)) co_await me.write(channel, each);
    co_await me.read(1s);
    co_await other.read(waiting::none(), 2);
    co_await me.subscriptions();
    co_await all.list();
    co_await all.count_messages(channel);
    co_await all.count_subscribers(channel);
    co_await all.subscribers(channel);
    co_await all.messages(channel);
    co_await all.move_subscriber(channel, "me", mailbox_start::earliest);
    co_await all.prune(channel, mailbox_prune::read_by_all());
    co_await all.prune(channel, mailbox_prune::keep(1));
    co_await all.prune(channel, mailbox_prune::older_than(1h));
    co_await all.remove_stale_subscribers(channel, 1h);
    co_await all.remove_subscriber(channel, "other");
    co_await me.unsubscribe(channels);
    co_await all.remove(channel);
  }
};

TEST_CASE("these rights are enough for all that mailboxes do") {
  guarded_world world(GENERATE(mailbox_layout::native(), mailbox_layout::rivulet()));
  world.grant();
  world.play([&]() -> asio::awaitable<void> { co_await world.use_all("c"); });
  CHECK_FALSE(world.refused());
}

TEST_CASE("and each of them is needed") {
  guarded_world world(GENERATE(mailbox_layout::native(), mailbox_layout::rivulet()));
  world.play([&]() -> asio::awaitable<void> {
    for (const auto& each : words_of(rights_of(world.layout.kind()))) {
      // Two are needed to connect as well, one only when a link breaks.
      if (each == "+set" || each == "+xlen" || each == "+hget") continue;
      world.grant(each);
      const auto why = co_await failure_of(world.use_all("c" + each));
      INFO("without " << each);
      CHECK(why.code() == sluice::errc::not_permitted);
    }
  });
}

}  // namespace
