#include "cli/complain.hpp"
#include "cli/line_source.hpp"
#include "cli/progress.hpp"
#include "cli/read_json.hpp"
#include "cli/session.hpp"
#include "cli/topic.hpp"
#include "cli/verbs.hpp"

#include <sluice/topic/topic_producer.hpp>

#include <boost/json/value.hpp>

#include <unistd.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace sluice::cli {
namespace json = boost::json;
namespace {

struct send_flags {
  std::string url = default_url;
  std::string topic;
  std::string prefix = "telstar:";
};

// `{"data":…}` and `{"id":…,"data":…}` are a message; everything else is the data of one.
bool is_message(const json::value& what) {
  const auto* const members = what.if_object();
  return members != nullptr && members->contains("data") &&
         members->size() == (members->contains("id") ? 2U : 1U);
}

uuid id_in(const json::object& members, const topic_producer& out) {
  const auto* const given = members.if_contains("id");
  if (given == nullptr) return out.make_id();
  const auto* const text = given->if_string();
  const auto id = text == nullptr ? std::nullopt : uuid::parse({text->data(), text->size()});
  if (!id) throw std::invalid_argument("its id is no UUID");
  return *id;
}

topic_message message_of(const line& from, const topic_producer& out) {
  if (from.too_long()) throw std::invalid_argument("longer than 16 MiB");
  auto what = read_json(from.text());
  if (!is_message(what)) return {out.make_id(), std::move(what)};
  auto& members = what.as_object();
  const auto id = id_in(members, out);
  return {id, std::move(members["data"])};
}

/// Reads lines and sends messages until the input ends, or it is stopped, or something is wrong.
class topic_sender {
 public:
  topic_sender(const send_flags& flags, session& here)
      : flags_(flags),
        here_(here),
        input_(here.redis.get_executor(), STDIN_FILENO),
        out_(here.redis, flags.prefix),
        shown_("sent", STDIN_FILENO) {}

  boost::asio::awaitable<int> run();

 private:
  boost::asio::awaitable<void> send_all();
  boost::asio::awaitable<void> send(topic_message what);
  std::optional<topic_message> read(const line& from);

  const send_flags& flags_;
  session& here_;
  line_source input_;
  topic_producer out_;
  progress shown_;
  bool bad_line_ = false;
};

boost::asio::awaitable<int> topic_sender::run() {
  const auto stop = [this] { input_.stop(); };
  const on_stop while_running(here_.stop, stop);
  const auto sent = co_await as_result(send_all());
  shown_.finish();
  const auto told = std::to_string(shown_.count()) + " messages were sent, all confirmed";
  if (sent.has_error()) {
    const bool wrong_input = sent.error().code() == errc::invalid_argument;
    complain(explain(sent.error()) + "; " + told);
    co_return wrong_input ? bad_input : trouble;
  }
  if (bad_line_ || here_.stop.made()) complain(told);
  co_return bad_line_ ? bad_input : ok;
}

boost::asio::awaitable<void> topic_sender::send_all() {
  while (!bad_line_) {
    auto next = co_await input_.next();
    if (!next) break;
    if (next->text().find_first_not_of(" \t\r") == std::string::npos && !next->too_long()) continue;
    auto what = read(*next);
    if (!what) break;
    co_await send(*std::move(what));
    shown_.add();
  }
}

// Consumers work on a message once, whatever became of the first attempt.
boost::asio::awaitable<void> topic_sender::send(topic_message what) {
  for (;;) {
    const auto sent = co_await as_result(out_.send(flags_.topic, what));
    if (sent.has_value()) co_return;
    if (sent.error().code() != errc::outcome_unknown) throw sent.error();
  }
}

std::optional<topic_message> topic_sender::read(const line& from) {
  try {
    return message_of(from, out_);
  } catch (const std::invalid_argument& why) {
    complain("line " + std::to_string(from.number()) + ": " + why.what());
    bad_line_ = true;
    return std::nullopt;
  }
}

boost::asio::awaitable<int> send_lines(const send_flags& flags, session& here) {
  topic_sender lines(flags, here);
  const int code = co_await lines.run();
  co_return code;
}

}  // namespace

void add_topic_send(CLI::App& topic, int& code) {
  auto* const verb = topic.add_subcommand("send", "Send messages to a topic");
  verb->footer(
      "Reads JSON from standard input, one message a line: {\"id\":\"UUID\",\"data\":…}, or "
      "{\"data\":…},\n"
      "or anything else, which then is the data of a message. An id is made where none is given.\n"
      "A message whose sending was cut is sent again under its id, so that it is worked on once.\n"
      "A bad line ends it (exit code 3); all lines before it are confirmed.\n\n"
      "  echo '{\"customer\":\"c-17\",\"total\":12.50}' | sluice topic send orders");
  const auto flags = std::make_shared<send_flags>();
  add_url(*verb, flags->url);
  verb->add_option("topic", flags->topic, "The topic")->required()->type_name("TOPIC");
  verb->add_option("--prefix", flags->prefix, "What all keys begin with; telstar: by default")
      ->type_name("TEXT");
  verb->callback([&code, flags] {
    code = run(flags->url, [flags](session& here) { return send_lines(*flags, here); });
  });
}

}  // namespace sluice::cli
