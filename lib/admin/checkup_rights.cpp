#include "admin/rights_probe.hpp"

#include "sluice/admin/checkup.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

/// Commands for a purpose, one after the other, as forms that change nothing. Keys do not exist:
/// KEY is one that begins as was asked, HELD is where a process keeps what it took from such a
/// list, and a pattern stands for one that it permits. CHANNEL is a group's.
struct purpose {
  const char* name;
  const char* forms;
  severity without = severity::warning;
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
      {"be heard in a group, and hear who falls silent",
       "PUBLISH CHANNEL sluice:checkup;SUBSCRIBE CHANNEL;UNSUBSCRIBE CHANNEL;"},
      {"fence acknowledgements at little cost", "WATCH KEY;PEXPIRE KEY 1;MULTI;EXEC;",
       severity::note},
      {"bring dead letters back", "XDEL KEY 0-1;"},
      {"be a producer with a name",
       "HSETNX KEY f v;HSET KEY f v;HGET KEY f;HDEL KEY f;PEXPIRE KEY 1;"},
      {"look after streams",
       "SCAN 0 COUNT 1;MEMORY USAGE KEY;XINFO GROUPS KEY;XPENDING KEY g;"
       "EVAL return(0) 1 KEY;EVALSHA 0000000000000000000000000000000000000000 1 KEY;"
       "XTRIM KEY MAXLEN 1;XGROUP SETID KEY g 0;XGROUP DESTROY KEY g;DEL KEY;"},
      // Not everybody uses these, and a note wakes nobody. Channels and topics have keys of their
      // own, those that they have by default.
      {"take from lists, of which nothing is lost",
       "MULTI;EXEC;EVAL return(0) 1 KEY;EVALSHA 0000000000000000000000000000000000000000 1 KEY;"
       "TIME;LMOVE KEY KEY RIGHT LEFT;LLEN KEY;LINDEX HELD 0;LREM HELD 1 a;LPUSH HELD a;"
       "RPUSH KEY a;LPOP HELD;ZADD HELD XX 0 m;ZREM HELD m;ZSCORE HELD m;ZRANGEBYSCORE HELD 0 0;"
       "PEXPIRE HELD 1;EXISTS HELD;HGET HELD f;HINCRBY HELD f x;HDEL HELD f;SADD HELD m;"
       "SREM HELD m;DEL HELD;XADD KEY NOMKSTREAM * a b;",
       severity::note},
      {"use topics, beside what streams and groups need",
       "MULTI;EXEC;GET ~telstar:*;EVALSHA 0000000000000000000000000000000000000000 1 ~telstar:*;"
       "EVAL return(0) 1 ~telstar:*;XPENDING ~telstar:* g;EXISTS ~telstar:*;HGET ~telstar:* f;"
       "HSET ~telstar:* f v;EXPIRE ~telstar:* 1;",
       severity::note},
      {"write to mailboxes and read them",
       "EVAL return(0) 1 ~sluice:box:*;"
       "EVALSHA 0000000000000000000000000000000000000000 1 ~sluice:box:*;"
       "HSETNX ~sluice:box:* f v;HGET ~sluice:box:* f;HSET ~sluice:box:* f v;"
       "HDEL ~sluice:box:* f;PEXPIRE ~sluice:box:* 1;INCRBY ~sluice:box:* x;GET ~sluice:box:*;"
       "SET ~sluice:box:* 1 XX;TIME;ZADD ~sluice:box:* XX 0 m;ZREM ~sluice:box:* m;"
       "ZSCORE ~sluice:box:* m;ZMSCORE ~sluice:box:* m;ZRANGE ~sluice:box:* 0 0;"
       "ZRANGEBYSCORE ~sluice:box:* 0 0;ZCARD ~sluice:box:*;DEL ~sluice:box:*;"
       "XADD ~sluice:box:* NOMKSTREAM * a b;XRANGE ~sluice:box:* - + COUNT 1;"
       "XREVRANGE ~sluice:box:* + - COUNT 1;XLEN ~sluice:box:*;XTRIM ~sluice:box:* MAXLEN 1;",
       severity::note},
      {"share mailboxes with clients of rivulet",
       "EVAL return(0) 1 ~messages:*;"
       "EVALSHA 0000000000000000000000000000000000000000 1 ~messages:*;"
       "HSETNX ~once:* f v;HGET ~once:* f;HSET ~once:* f v;HDEL ~once:* f;PEXPIRE ~once:* 1;"
       "INCRBY ~ids:* x;GET ~ids:*;SET ~ids:* 1 XX;TIME;ZADD ~indexes:* XX 0 m;ZREM ~clients:* m;"
       "ZSCORE ~clients:* m;ZMSCORE ~indexes:* m;ZRANGE ~clients:* 0 0;"
       "ZRANGEBYSCORE ~messages:* 0 0;ZCARD ~messages:*;DEL ~messages:*;PTTL ~lock:*;"
       "ZCOUNT ~messages:* 0 0;ZREMRANGEBYSCORE ~messages:* 0 0;ZREMRANGEBYRANK ~messages:* 0 0;",
       severity::note},
  };
  return all;
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

/// What a purpose lacks.
struct shortage {
  std::vector<std::string> missing, keys;
  bool uncertain = false;

  static void add(std::vector<std::string>& to, std::string right) {
    if (std::find(to.begin(), to.end(), right) == to.end()) to.push_back(std::move(right));
  }
};

class rights_check {
 public:
  rights_check(client redis, std::string prefix, std::vector<std::string> groups)
      : probe_(std::move(redis)), prefix_(std::move(prefix)), groups_(std::move(groups)) {}

  static asio::awaitable<std::vector<finding>> run(std::shared_ptr<rights_check> self);

 private:
  asio::awaitable<shortage> look(std::string forms);
  asio::awaitable<void> ask(std::string form, std::string channel, shortage& found);
  std::optional<std::string> pattern_in(const std::string& word) const;
  finding judge(const purpose& of, const shortage& found) const;

  rights_probe probe_;
  std::string prefix_;
  std::vector<std::string> groups_;
};

/// What permits the key that a word of a form stands for; empty where it stands for none.
std::optional<std::string> rights_check::pattern_in(const std::string& word) const {
  if (word == "KEY") return '~' + prefix_ + '*';
  if (word == "HELD") return "~sluice:processing:" + prefix_ + '*';
  if (word.front() == '~') return word;
  return std::nullopt;
}

// Where no group is known, whether any channel may be used is not either.
asio::awaitable<void> rights_check::ask(std::string form, std::string channel, shortage& found) {
  const bool any = channel.empty();
  const std::string unused = ":sluice:checkup";
  std::string pattern;
  std::vector<std::string> words;
  std::istringstream rest(form);
  for (std::string word; rest >> word;) {
    if (word == "CHANNEL") word = any ? prefix_ + unused : channel;
    if (const auto place = pattern_in(word)) {
      pattern = *place;
      word = pattern.substr(1, pattern.size() - 2) + unused;
    }
    words.push_back(std::move(word));
  }
  auto right = right_for(words);
  const auto told = co_await probe_.may(std::move(words));
  if (told == permission::unknown) found.uncertain = true;
  if (told == permission::no_command) shortage::add(found.missing, std::move(right));
  if (told == permission::no_key) shortage::add(found.keys, std::move(pattern));
  if (told == permission::no_channel && !any) shortage::add(found.missing, '&' + channel);
}

asio::awaitable<shortage> rights_check::look(std::string forms) {
  shortage found;
  std::istringstream rest(forms);
  for (std::string form; std::getline(rest, form, ';');) {
    const bool heard = form.find("CHANNEL") != std::string::npos;
    std::vector<std::string> places(1);
    if (heard && !groups_.empty()) places = groups_;
    for (const auto& each : places) co_await ask(form, each, found);
  }
  for (auto& each : found.keys) shortage::add(found.missing, std::move(each));
  co_return found;
}

finding rights_check::judge(const purpose& of, const shortage& found) const {
  finding what{severity::fine, "rights", std::string("suffice to ") + of.name, ""};
  std::string missing;
  for (const auto& each : found.missing) missing += ' ' + each;
  if (!missing.empty()) {
    what.how_bad = of.without;
    what.what = std::string("do not suffice to ") + of.name + ':' + missing;
    what.advice = "if it has to: ACL SETUSER …" + missing;
  } else if (found.uncertain) {
    what.how_bad = severity::note;
    what.what = std::string("not known whether they suffice to ") + of.name;
    what.advice = "grant +acl|dryrun to who runs this, or see ACL GETUSER";
  }
  return what;
}

asio::awaitable<std::vector<finding>> rights_check::run(std::shared_ptr<rights_check> self) {
  std::vector<finding> all;
  co_await self->probe_.begin();
  for (const auto& each : purposes()) {
    const auto found = co_await self->look(each.forms);
    all.push_back(self->judge(each, found));
  }
  co_return all;
}

}  // namespace

asio::awaitable<std::vector<finding>> check_rights(client redis, std::string prefix,
                                                   std::vector<std::string> groups) {
  return rights_check::run(
      std::make_shared<rights_check>(std::move(redis), std::move(prefix), std::move(groups)));
}

asio::awaitable<std::vector<finding>> check_rights(client redis, std::string prefix) {
  return check_rights(std::move(redis), std::move(prefix), std::vector<std::string>());
}

}  // namespace sluice::admin
