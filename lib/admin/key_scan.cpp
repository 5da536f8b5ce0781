#include "admin/key_scan.hpp"

#include "admin/reading.hpp"

#include <cstddef>
#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

// Some 100 µs of the server's time.
constexpr std::size_t keys_at_once = 1'000;

}  // namespace

key_scan::key_scan(client redis, std::string pattern, std::string type)
    : redis_(std::move(redis)), pattern_(std::move(pattern)), type_(std::move(type)) {}

asio::awaitable<std::vector<std::string>> key_scan::next() {
  auto scan = question("SCAN", cursor_, "MATCH", pattern_, "COUNT", keys_at_once);
  if (!type_.empty()) scan.arg("TYPE", type_);
  const reply answer = co_await redis_.exec(std::move(scan));
  cursor_ = answer.value()[0].text();
  over_ = cursor_ == "0";
  std::vector<std::string> keys;
  for (const auto& each : answer.value()[1]) keys.emplace_back(each.text());
  co_return keys;
}

std::string literally(std::string_view text) {
  std::string pattern;
  for (const char each : text) {
    if (std::string_view("*?[]^-\\").find(each) != std::string_view::npos) pattern += '\\';
    pattern += each;
  }
  return pattern;
}

}  // namespace sluice::admin
