// Groups of a real server, watched.
#include "support/stream_world.hpp"

#include <sluice/admin/group_watch.hpp>

#include <string>

namespace {

using namespace scene;
using sluice::errc;
using sluice::admin::group_watch;
using sluice::admin::plight;
using sluice::admin::watch_options;

/// Streams s0, s1, … with the group g, which has got all of their single entry but for the last's.
void make_streams(private_server& server, int count) {
  server.command({"EVAL",
                  "for i=0,ARGV[1]-1 do local k='s'..i redis.call('XADD',k,'1-0','n',1) "
                  "redis.call('XGROUP','CREATE',k,'g',i==ARGV[1]-1 and '0' or '$') end",
                  "0", std::to_string(count)});
}

TEST_CASE("a watch finds streams and tells of their groups, the worst first") {
  stream_world world;
  make_streams(world.server, 30);
  world.server.command({"XADD", "s29:dead", "*", "n", "1"});
  world.play([&]() -> asio::awaitable<void> {
    group_watch watch(world.redis);
    CHECK_FALSE(watch.complete());
    co_await watch.look();
    CHECK(watch.totals().streams == 31);
    CHECK(watch.totals().groups == 30);
    CHECK(watch.totals().abandoned == 1);
    CHECK_FALSE(watch.complete());
    co_await watch.look();
    CHECK(watch.complete());
    const auto worst = watch.worst(2);
    REQUIRE(worst.size() == 2);
    CHECK(worst[0].stream == "s29");
    CHECK(worst[0].state == plight::abandoned);
    CHECK(worst[0].closely);
    CHECK(worst[0].dead_letters == 1);
    CHECK(worst[0].facts.oldest == sluice::entry_id(1));
    CHECK(worst[1].state == plight::resting);
  });
}

TEST_CASE("a look asks about so many groups, whatever there is") {
  stream_world world;
  make_streams(world.server, 1'000);
  world.play([&]() -> asio::awaitable<void> {
    group_watch watch(world.redis, watch_options().worst(5).turns(20));
    while (!watch.complete()) co_await watch.look();
    world.server.command({"CONFIG", "RESETSTAT"});
    co_await watch.look();
    CHECK(world.calls("xinfo|groups") <= 25);
    CHECK(world.calls("xinfo|consumers") <= 25);
    CHECK(world.calls("scan") == 0);
    CHECK(world.calls("keys") == 0);
    const auto enough = 1'000 / 20;
    for (int i = 0; i < enough; ++i) co_await watch.look();
    CHECK(world.calls("xinfo|groups") >= 1'000);
  });
}

TEST_CASE("the worst are found among more streams than one look asks about, once it is complete") {
  stream_world world;
  // Less waits for s7 than for the others, but nobody is there to take it, as its consumer alone
  // tells.
  world.server.command({"EVAL",
                        "for i=0,59 do local k='s'..i "
                        "redis.call('XADD',k,'1-0','n',1) redis.call('XADD',k,'2-0','n',1) "
                        "redis.call('XGROUP','CREATE',k,'g',i==7 and '1-0' or '0') "
                        "redis.call('XREADGROUP','GROUP','g',i==7 and 'sluice:released' or 'one',"
                        "'COUNT',1,'STREAMS',k,'>') end",
                        "0"});
  world.play([&]() -> asio::awaitable<void> {
    group_watch watch(world.redis, watch_options().worst(1).turns(5));
    int looks = 0;
    for (; !watch.complete(); ++looks) co_await watch.look();
    CHECK(looks > 60 / 6);
    CHECK(watch.worst(1).front().stream == "s7");
    CHECK(watch.worst(1).front().state == plight::abandoned);
  });
}

TEST_CASE("rates come with the second look") {
  stream_world world;
  make_streams(world.server, 1);
  world.play([&]() -> asio::awaitable<void> {
    group_watch watch(world.redis, watch_options().streams("s0"));
    co_await watch.look();
    CHECK_FALSE(watch.worst(1).front().rates.added);
    world.add("s0", 50);
    co_await pause(150ms);
    co_await watch.look();
    const auto rates = watch.worst(1).front().rates;
    REQUIRE(rates.added);
    CHECK(*rates.added > 0);
    CHECK(rates.taken == 0.0);
  });
}

TEST_CASE("a member that beats is heard, and is alive however long it has asked for nothing") {
  stream_world world;
  make_streams(world.server, 1);
  world.server.command({"XREADGROUP", "GROUP", "g", "one", "STREAMS", "s0", ">"});
  world.play([&]() -> asio::awaitable<void> {
    group_watch watch(world.redis, watch_options().streams("s0").dead_after(20ms));
    co_await pause(30ms);
    co_await watch.look();
    co_await watch.look();
    CHECK(watch.worst(1).front().state == plight::stuck);
    co_await until([&] { return world.server.command({"PUBLISH", "g", "one"}) != "0"; });
    co_await watch.look();
    const auto seen = watch.worst(1).front();
    REQUIRE(seen.consumers.size() == 1);
    CHECK(seen.consumers.front().beat);
  });
}

TEST_CASE("streams that come and go are noticed, also those that are no streams any more") {
  stream_world world;
  make_streams(world.server, 3);
  world.play([&]() -> asio::awaitable<void> {
    group_watch watch(world.redis, watch_options().streams("s0").streams("s1").streams("s2"));
    co_await watch.look();
    co_await watch.look();
    world.server.command({"DEL", "s0", "s1"});
    world.server.command({"SET", "s1", "text"});
    co_await watch.look();
    CHECK(watch.totals().streams == 1);
    CHECK(watch.worst(10).size() == 1);
  });
}

TEST_CASE("what this user may not look at is passed over") {
  stream_world world;
  make_streams(world.server, 3);
  world.server.command(
      {"ACL", "SETUSER", "guest", "on", ">word", "+@all", "-subscribe", "~s1*", "~sluice:*"});
  world.play([&]() -> asio::awaitable<void> {
    auto how = world.options(world.server.url());
    how.credentials("guest", "word");
    group_watch watch(sluice::client(world.io.get_executor(), std::move(how)));
    co_await watch.look();
    co_await watch.look();
    REQUIRE(watch.worst(10).size() == 1);
    CHECK(watch.worst(10).front().stream == "s1");
  });
}

TEST_CASE("of a stream with an entry that is too large no more is told than a brief look tells") {
  stream_world world;
  make_streams(world.server, 100);
  world.server.command({"DEL", "s42"});
  world.server.command({"XADD", "s42", "1-0", "n", std::string(60'000, 'x')});
  world.server.command({"XGROUP", "CREATE", "s42", "g", "0"});
  world.play([&]() -> asio::awaitable<void> {
    sluice::resp::limits limits;
    limits.max_bulk = 50'000;
    const auto how = world.options(world.server.url()).limits(limits);
    group_watch watch(sluice::client(world.io.get_executor(), how));
    while (!watch.complete()) co_await watch.look();
    co_await watch.look();
    CHECK(watch.totals().groups == 100);
    const auto worst = watch.worst(2);
    CHECK(worst[0].stream == "s42");
    CHECK(worst[0].state == plight::abandoned);
    CHECK_FALSE(worst[0].closely);
    CHECK(worst[1].closely);
    CHECK(world.events.count<sluice::events::disconnected>() == 1);
  });
}

TEST_CASE("what was known stays while the server is away, and looking goes on when it is back") {
  server_options how;
  how.append_only();
  stream_world world(how);
  make_streams(world.server, 20);
  world.play([&]() -> asio::awaitable<void> {
    auto impatient = world.options(world.server.url());
    impatient.timeout(300ms);
    group_watch watch(sluice::client(world.io.get_executor(), std::move(impatient)));
    co_await watch.look();
    world.server.kill();
    const auto failure = co_await failure_of(watch.look());
    CHECK(failure.code() == errc::timeout);
    CHECK(watch.totals().groups == 20);
    world.server.start();
    co_await watch.look();
    CHECK(watch.totals().groups == 20);
    while (!watch.complete()) co_await watch.look();
    CHECK(watch.totals().groups == 20);
  });
}

TEST_CASE("amounts and patterns are checked at once") {
  stream_world world;
  const auto refused = [&](const watch_options& how) {
    return code_of([&] { group_watch(world.redis, how); }) == errc::invalid_argument;
  };
  CHECK(refused(watch_options().worst(0)));
  CHECK(refused(watch_options().worst(1'001)));
  CHECK(refused(watch_options().turns(0)));
  CHECK(refused(watch_options().dead_after(0ms)));
  CHECK(refused(watch_options().streams("")));
}

}  // namespace
