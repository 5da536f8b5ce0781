// What streamz_redis' guide shows, here: lists, entries of a stream, members that share them, and
// members with names of their own or of the moment, whose batches end in a list.

#include <sluice/flow.hpp>
#include <sluice/sluice.hpp>

#include <boost/algorithm/string/join.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;
namespace flow = sluice::flow;
namespace json = boost::json;
using namespace std::chrono_literals;

void print(const sluice::entry& what) {
  std::cout << what.stream() << ' ' << what.id_text();
  for (const auto& [name, value] : what.fields()) std::cout << ' ' << name << '=' << value;
  std::cout << std::endl;
}

// [lists]
std::string with_source(const flow::list_element& what) {
  auto data = json::parse(what.text()).as_object();
  data["_source"] = what.key();
  return json::serialize(data);
}

std::string joined(const std::vector<std::string>& lines) { return boost::join(lines, "\n"); }

asio::awaitable<void> preprocess_lists(sluice::client redis) {
  const auto sources = flow::lists("data-source-1").list("data-source-2").wait(1s);
  auto pipeline = flow::from_list(redis, sources) | flow::map(with_source) |
                  flow::partition(1'000, 3s) | flow::map(joined) |
                  flow::to_list(redis, "preprocessed-data");
  co_await pipeline.run();
}
// [/lists]

// [print]
asio::awaitable<void> print_what_comes(sluice::client redis) {
  const auto from = sluice::streams("test-stream").wait(1s);  // without `wait` it goes on for ever
  auto pipeline = flow::from_stream(redis, from) | flow::sink(print);
  co_await pipeline.run();
}
// [/print]

// [share]
asio::awaitable<void> share(sluice::client redis) {
  const auto member = [&redis](std::string name) {
    return flow::from_group(
        redis, sluice::group("test-group").consumer(name).stream("test-stream").wait(1s));
  };
  auto pipeline = flow::merge(member("consumer-0"), member("consumer-1"), member("consumer-2")) |
                  flow::rate_limit(1, 10ms) | flow::sink(print);
  co_await pipeline.run();
}
// [/share]

// [batches]
std::string preprocessed(const sluice::entry& what) {
  json::object data;
  for (const auto& [name, value] : what.fields()) data[name] = value;
  data["_source"] = what.stream();
  data["_id"] = what.id_text();
  return json::serialize(data);
}

asio::awaitable<void> preprocess(sluice::client redis, sluice::group member) {
  auto pipeline = flow::from_group(redis, member) | flow::map(preprocessed) |
                  flow::partition(1'000, 3s) | flow::map(joined) |
                  flow::to_list(redis, "preprocessed-data");
  co_await pipeline.run();
}
// [/batches]

sluice::group sources() {
  return sluice::group("my-group").stream("source-stream-1").stream("source-stream-2").wait(1s);
}

// [members]
sluice::group always_the_same(std::string name) { return sources().consumer(name); }

sluice::group one_of_many() {
  return sources().heartbeat(10s).claim_timeout(2min);  // its name is one that nobody else has
}
// [/members]

asio::awaitable<void> all(sluice::client redis) {
  co_await preprocess_lists(redis);
  co_await print_what_comes(redis);
  co_await share(redis);
  const auto named = always_the_same("stream-consumer-1");
  co_await preprocess(redis, named);
  const auto unnamed = one_of_many();
  co_await preprocess(redis, unnamed);
}

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  {
    const sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
    asio::co_spawn(io, all(redis), sluice::rethrow);
  }
  io.run();
}
