#include "admin/reading.hpp"

#include "sluice/admin/checkup.hpp"
#include "sluice/core/error.hpp"
#include "sluice/core/result.hpp"

#include <sstream>
#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

/// Commands for a purpose, one after the other, as forms that change nothing: KEY does not exist.
struct purpose {
  const char* name;
  const char* forms;
};

const std::vector<purpose>& purposes() {
  static const std::vector<purpose> all{
      {"add entries", "XADD KEY NOMKSTREAM * a b;"},
      {"read streams",
       "XLEN KEY;XREAD COUNT 1 STREAMS KEY 0;XINFO STREAM KEY;XREVRANGE KEY + - COUNT 1;"},
      {"share work in a group",
       "XREADGROUP GROUP g c COUNT 1 STREAMS KEY >;XACK KEY g 0-1;XGROUP CREATE KEY g 0;"},
      {"be a member that beats, retries or takes over",
       "TIME;EVAL return(0) 1 KEY;EVALSHA 0000000000000000000000000000000000000000 1 KEY;"
       "XPENDING KEY g;XCLAIM KEY g c 0 0-1;ZADD KEY XX 0 m;ZREM KEY m;ZRANGE KEY 0 0;"
       "ZRANGEBYSCORE KEY 0 0;ZCARD KEY;ZCOUNT KEY 0 0;GET KEY;SET KEY 1 XX;EXISTS KEY;PTTL KEY;"
       "XRANGE KEY - + COUNT 1;XINFO CONSUMERS KEY g;XGROUP DELCONSUMER KEY g c;"},
      {"bring dead letters back", "XDEL KEY 0-1;"},
      {"be a producer with a name", "HGET KEY f;HDEL KEY f;PEXPIRE KEY 1;"},
      {"look after streams",
       "SCAN 0 COUNT 1;MEMORY USAGE KEY;XINFO GROUPS KEY;"
       "XTRIM KEY MAXLEN 1;XGROUP SETID KEY g 0;XGROUP DESTROY KEY g;"},
  };
  return all;
}

std::vector<std::string> words_of(const std::string& form, const std::string& key) {
  std::vector<std::string> words;
  std::istringstream rest(form);
  for (std::string word; rest >> word;) words.push_back(word == "KEY" ? key : word);
  return words;
}

/// "+xgroup|create"
std::string right_for(const std::vector<std::string>& words) {
  std::string right = '+' + words[0];
  const bool parts = words[0] == "XGROUP" || words[0] == "XINFO" || words[0] == "MEMORY";
  if (parts) right += '|' + words[1];
  for (auto& each : right) {
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  }
  return right;
}

class rights_probe {
 public:
  explicit rights_probe(client redis) : redis_(std::move(redis)) {}

  asio::awaitable<void> begin() {
    const auto name = co_await as_result(redis_.exec(question("ACL", "WHOAMI")));
    if (name.has_value()) user_ = name->value().text();
  }

  asio::awaitable<bool> may(std::vector<std::string> words) {
    if (!user_.empty()) {
      auto ask = question("ACL", "DRYRUN", user_);
      for (const auto& each : words) ask.arg(each);
      const auto answer = co_await as_result(redis_.exec(std::move(ask)));
      if (answer.has_value()) co_return answer->value().text() == "OK";
      check_link(answer.error());
      user_.clear();
    }
    command form(words[0]);
    for (std::size_t i = 1; i < words.size(); ++i) form.arg(words[i]);
    form.repeatable(true);
    const auto answer = co_await as_result(redis_.exec(std::move(form)));
    if (answer.has_value()) co_return true;
    check_link(answer.error());
    co_return answer.error().code() != errc::not_permitted;
  }

 private:
  // What the server says of a command is an answer; that it says nothing is none.
  static void check_link(const error& why) {
    if (why.why().server_text().empty()) throw why;
  }

  client redis_;
  std::string user_;  // empty where there is no trying without doing
};

asio::awaitable<std::vector<finding>> run_check_rights(client redis, std::string prefix) {
  const auto key = prefix + ":sluice:checkup";
  std::vector<finding> all;
  rights_probe probe(redis);
  co_await probe.begin();
  for (const auto& each : purposes()) {
    std::string missing;
    std::istringstream forms(each.forms);
    for (std::string form; std::getline(forms, form, ';');) {
      auto words = words_of(form, key);
      const auto right = right_for(words);
      const bool may = co_await probe.may(std::move(words));
      if (!may) missing += ' ' + right;
    }
    finding found{severity::fine, "rights", std::string("suffice to ") + each.name, ""};
    if (!missing.empty()) {
      found.how_bad = severity::warning;
      found.what = std::string("do not suffice to ") + each.name + ':' + missing;
      found.advice = "if it has to: ACL SETUSER … ~" + prefix + '*' + missing;
    }
    all.push_back(std::move(found));
  }
  co_return all;
}

}  // namespace

asio::awaitable<std::vector<finding>> check_rights(client redis, std::string prefix) {
  return run_check_rights(std::move(redis), std::move(prefix));
}

}  // namespace sluice::admin
