// A pipeline: entries of two streams become lines of JSON in a list, as a member of a group whose
// other members may be Python's.

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

// [pipeline]
std::string preprocessed(const sluice::entry& what) {
  json::object data;
  for (const auto& [name, value] : what.fields()) data[name] = value;
  data["_source"] = what.stream();
  data["_id"] = what.id_text();
  return json::serialize(data);
}

asio::awaitable<void> preprocess(sluice::client redis, std::string name) {
  sluice::group membership("my-group");
  membership.consumer(name).stream("source-1").stream("source-2");
  membership.heartbeat(10s).claim_timeout(2min).wait(1s);
  sluice::group_consumer source(redis, membership);
  for (;;) {
    auto batch = co_await source.get_batch(1'000);
    if (batch.empty()) break;  // nothing came for a second
    std::string lines;
    for (const auto& each : batch) lines += preprocessed(each) + '\n';
    co_await redis.exec("RPUSH", "preprocessed-data", lines);
    for (auto& each : batch) std::move(each).ack_later();
  }
  co_await source.flush();
}
// [/pipeline]

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  {
    const sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
    asio::co_spawn(io, preprocess(redis, "preprocessor-1"), sluice::rethrow);
  }
  io.run();
}
