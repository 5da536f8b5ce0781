#include "redis/exec.hpp"

#include "sluice/core/result.hpp"

namespace sluice {
namespace {

command call_of(std::string_view name, std::string_view body, const std::vector<std::string>& keys,
                const std::vector<std::string>& arguments) {
  command what(name);
  what.arg(body).arg(keys.size()).repeatable(true);
  for (const auto& each : keys) what.arg(each);
  for (const auto& each : arguments) what.arg(each);
  return what;
}

}  // namespace

boost::asio::awaitable<reply> exec_on(std::shared_ptr<connection> link, command what) {
  auto& target = *link;
  return exec_keeping(std::move(link), target, std::move(what));
}

boost::asio::awaitable<reply> exec_on(std::shared_ptr<connection> link, const script& what,
                                      std::vector<std::string> keys,
                                      std::vector<std::string> arguments) {
  auto known = exec_on(link, call_of("EVALSHA", what.digest(), keys, arguments));
  auto first = co_await as_result(std::move(known));
  if (first) co_return *std::move(first);
  if (first.error().code() != errc::no_script) throw first.error();
  reply second = co_await exec_on(link, call_of("EVAL", what.text(), keys, arguments));
  co_return second;
}

}  // namespace sluice
