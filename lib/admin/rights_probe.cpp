#include "admin/rights_probe.hpp"

#include "admin/reading.hpp"

#include "sluice/core/error.hpp"
#include "sluice/core/result.hpp"
#include "sluice/redis/subscription.hpp"

#include <set>
#include <string_view>
#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

// "… to run the 'xadd' command", "… to access the 'x' key", "… one of the channels used as …"
permission refusal(std::string_view text) {
  if (text.find(" command") != std::string_view::npos) return permission::no_command;
  return text.find(" channel") != std::string_view::npos ? permission::no_channel
                                                         : permission::no_key;
}

permission judge(const error& why) {
  // What the server says of a command is an answer; that it says nothing is none.
  if (why.why().server_text().empty()) throw why;
  return why.code() == errc::not_permitted ? refusal(why.why().server_text()) : permission::given;
}

}  // namespace

asio::awaitable<void> rights_probe::begin() {
  const auto name = co_await as_result(redis_.exec(question("ACL", "WHOAMI")));
  if (name.has_value()) user_ = name->value().text();
}

asio::awaitable<permission> rights_probe::may(std::vector<std::string> words) {
  if (!user_.empty()) {
    auto ask = question("ACL", "DRYRUN", user_);
    for (const auto& each : words) ask.arg(each);
    const auto answer = co_await as_result(redis_.exec(std::move(ask)));
    if (answer.has_value()) {
      const auto text = answer->value().text();
      co_return text == "OK" ? permission::given : refusal(text);
    }
    judge(answer.error());
    user_.clear();
  }
  const auto found = co_await attempt(std::move(words));
  co_return found;
}

// What changes the state of the connection, which others share, is not attempted, nor what makes
// keys.
asio::awaitable<permission> rights_probe::attempt(std::vector<std::string> words) {
  const auto& name = words[0];
  static const std::set<std::string> not_tried{"WATCH",  "MULTI", "EXEC",  "HSET",
                                               "HSETNX", "LPUSH", "RPUSH", "SADD"};
  if (not_tried.contains(name)) co_return permission::unknown;
  // Nobody lacks this one alone.
  if (name == "UNSUBSCRIBE") co_return permission::given;
  if (name == "SUBSCRIBE") {
    const auto heard = co_await listen(std::move(words[1]));
    co_return heard;
  }
  // Members would take it for somebody's beat; that the channel may be used, SUBSCRIBE tells.
  const bool spoken = name == "PUBLISH";
  if (spoken) words[1] = "sluice:checkup";
  command form(name);
  for (std::size_t i = 1; i < words.size(); ++i) form.arg(words[i]);
  form.repeatable(true);
  const auto answer = co_await as_result(redis_.exec(std::move(form)));
  if (answer.has_value()) co_return permission::given;
  const auto why = judge(answer.error());
  co_return spoken&& why == permission::no_channel ? permission::given : why;
}

asio::awaitable<permission> rights_probe::listen(std::string channel) {
  subscription ear(redis_, channels(std::move(channel)));
  const auto heard = co_await as_result(ear.ready());
  co_return heard.has_value() ? permission::given : judge(heard.error());
}

}  // namespace sluice::admin
