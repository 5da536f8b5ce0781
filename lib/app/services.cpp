#include "sluice/app/services.hpp"

#include "app/service_codec.hpp"

#include "sluice/redis/reply.hpp"
#include "sluice/redis/script.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace sluice {
namespace {

const script& service_list_script() {
  static const script made = script(R"(
local at = redis.call('TIME')
local now = at[1] * 1000 + math.floor(at[2] / 1000)
local found = {}
local seen = redis.call('ZRANGEBYSCORE', KEYS[1], now - 15000, '+inf', 'WITHSCORES')
for i = 1, #seen, 2 do
  found[#found + 1] = seen[i + 1]
  found[#found + 1] = redis.call('HGET', KEYS[2], seen[i]) or ''
end
return found
)")
                                 .repeatable(true);
  return made;
}

boost::asio::awaitable<std::vector<service_info>> ask_for_services(client redis) {
  const auto answer =
      co_await redis.exec(service_list_script(), service_keys(), std::vector<std::string>());
  const auto told = answer.as<std::vector<std::string>>();
  std::vector<service_info> found;
  for (std::size_t i = 0; i + 1 < told.size(); i += 2) {
    auto one = decode_service(told[i + 1]);
    if (!one) continue;
    one->seen = std::chrono::milliseconds(std::strtoll(told[i].c_str(), nullptr, 10));
    found.push_back(*std::move(one));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(a.app, a.instance) < std::tie(b.app, b.instance);
  });
  co_return found;
}

}  // namespace

boost::asio::awaitable<std::vector<service_info>> list_services(client redis) {
  return ask_for_services(std::move(redis));
}

}  // namespace sluice
