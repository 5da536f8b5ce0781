#include "admin/reading.hpp"
#include "admin/server_facts.hpp"

#include "sluice/admin/checkup.hpp"
#include "sluice/core/clock.hpp"
#include "sluice/core/result.hpp"

#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

finding judge_doorbell(const capabilities& server) {
  finding found{severity::fine, "tracking", "pushes wake readers", ""};
  if (server.doorbell() == doorbell_state::proven) return found;
  const bool absent = server.doorbell() == doorbell_state::absent;
  found.how_bad = absent ? severity::warning : severity::note;
  found.what = absent ? "readers block on connections of their own" : "pushes are not proven";
  if (!server.doorbell_reason().empty()) found.what += ": " + server.doorbell_reason();
  found.advice = absent ? "grant +client|tracking; proxies may not pass pushes"
                        : "grant the key pattern ~sluice:probe:* and +set";
  return found;
}

finding unasked(std::string check, const error& why,
                std::string advice = "grant +info +config|get to who runs this") {
  return {severity::note, std::move(check), std::string("not known: ") + why.what(),
          std::move(advice)};
}

/// A setting; empty when there is none of that name.
asio::awaitable<result<std::string>> setting(client redis, std::string name) {
  const auto answer = co_await as_result(redis.exec(question("CONFIG", "GET", name)));
  if (answer.has_error()) co_return result<std::string>(answer.error());
  co_return result<std::string>(std::string(answer->value().find(name).text()));
}

asio::awaitable<finding> check_clock(client redis) {
  auto ours_from = redis.options().time_source();
  if (!ours_from) ours_from = system_clock();
  const auto before = ours_from->wall_now();
  const auto answer = co_await as_result(redis.exec(question("TIME")));
  if (answer.has_error() && answer.error().code() == errc::not_permitted) {
    co_return unasked("clock", answer.error(), "grant +time to who runs this");
  }
  const auto told = time_in(answer.value().value());
  const auto after = ours_from->wall_now();
  const auto half = (after - before) / 2;
  const auto ours = (before + half).time_since_epoch();
  const auto whole = [](auto time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time);
  };
  co_return judge_clock(told - whole(ours), whole(half));
}

asio::awaitable<std::vector<finding>> run_check_server(client redis) {
  std::vector<finding> all;
  // Also sees to it that there is a connection, which knows the version.
  auto clock = co_await check_clock(redis);
  all.push_back(check_version(redis.server().server(), redis.server().version_text()));
  const auto info = co_await as_result(redis.exec(question("INFO")));
  const auto save = co_await setting(redis, "save");
  if (info.has_value()) {
    const info_text lines(info->value().text());
    std::optional<std::string> saves;
    if (save.has_value()) saves = save.value();
    all.push_back(judge_role(lines));
    all.push_back(judge_eviction(lines));
    all.push_back(judge_persistence(lines, saves));
  } else {
    all.push_back(unasked("eviction, persistence", info.error()));
  }
  all.push_back(judge_doorbell(redis.server()));
  const auto limits = co_await setting(redis, "client-output-buffer-limit");
  all.push_back(limits.has_value() ? judge_buffers(limits.value())
                                   : unasked("output buffers", limits.error()));
  all.push_back(std::move(clock));
  co_return all;
}

}  // namespace

asio::awaitable<std::vector<finding>> check_server(client redis) {
  return run_check_server(std::move(redis));
}

}  // namespace sluice::admin
