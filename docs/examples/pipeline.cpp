// A pipeline: entries of two streams become lines of JSON in a list, as a member of a group whose
// other members may be Python's.

#include <sluice/flow.hpp>
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
namespace flow = sluice::flow;
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
  membership.heartbeat(10s).claim_timeout(2min).wait(1s);  // it ends when nothing came for a second
  auto pipeline = flow::from_group(redis, membership) | flow::map(preprocessed) |
                  flow::partition(1'000, 3s) | flow::to_list(redis, "preprocessed-data");
  co_await pipeline.run();
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
