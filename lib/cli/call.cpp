#include "cli/app_address.hpp"
#include "cli/complain.hpp"
#include "cli/json_entry.hpp"
#include "cli/listing.hpp"
#include "cli/read_json.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/app/app.hpp>
#include <sluice/core/result.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

struct call_flags {
  app_address where;
  std::string topic;
  std::string value;
  std::string name = "sluice-cli";
  std::string from;
  double timeout = 10;
  bool stream = false;

  std::chrono::milliseconds limit() const {
    return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(timeout));
  }
};

boost::asio::awaitable<int> send(const call_flags& flags, session& here) {
  auto sender = flags.where.make_app(here, flags.name);
  auto lane = sender.send(flags.topic, read_json_argument("the message", flags.value),
                          send_options().one_way());
  co_await lane.sent();
  co_return ok;
}

/// Prints answers as they come.
class caller {
 public:
  caller(const call_flags& flags, session& here)
      : flags_(flags), out_(here), from_(flags.where.make_app(here, flags.name)) {}

  boost::asio::awaitable<int> run();

 private:
  boost::asio::awaitable<int> print_answers(feedback_lane lane);

  const call_flags& flags_;
  listing out_;
  app from_;
};

boost::asio::awaitable<int> caller::run() {
  auto value = read_json_argument("the message", flags_.value);
  send_options how;
  // One that waits for a stream of answers says itself when it has had enough.
  if (!flags_.stream) how.within(flags_.limit());
  if (!flags_.from.empty()) how.answered_by(std::vector<std::string>(1, flags_.from));
  auto lane = from_.send(flags_.topic, std::move(value), std::move(how));
  if (flags_.stream) {
    co_await lane.sent();
    out_.end_with_reader();
  }
  const int code = co_await print_answers(std::move(lane));
  co_return code;
}

boost::asio::awaitable<int> caller::print_answers(feedback_lane lane) {
  std::size_t answers = 0;
  while (flags_.stream || answers == 0) {
    auto next = co_await lane.read(flags_.limit(), flags_.from);
    if (!next) break;
    ++answers;
    std::vector<std::string> line(1);
    append_json(line.front(), boost::json::serialize(*next));
    const bool wanted = co_await out_.print(std::move(line));
    if (!wanted) co_return ok;
  }
  if (answers > 0) co_return ok;
  complain("the listeners are done, without an answer");
  co_return fell_short;
}

boost::asio::awaitable<int> call(const call_flags& flags, session& here) {
  caller calling(flags, here);
  const int code = co_await calling.run();
  co_return code;
}

void add_message_flags(CLI::App& verb, call_flags& flags) {
  flags.where.add_to(verb);
  verb.add_option("topic", flags.topic, "The topic")->required()->type_name("TOPIC");
  verb.add_option("value", flags.value, "The message")->required()->type_name("JSON");
  verb.add_option("--name", flags.name, "The app that sends it; sluice-cli by default")
      ->type_name("APP");
}

}  // namespace

void add_send(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("send", "Send a message to the services of a topic");
  verb->footer(
      "Ends when the message is stored; nobody waits for answers.\n\n"
      "  sluice send charge '{\"customer\":\"c-17\",\"total\":1250}'");
  const auto flags = std::make_shared<call_flags>();
  add_message_flags(*verb, *flags);
  verb->callback([&code, flags] {
    code = flags->where.run(app_address::holder::messages,
                            [flags](session& here) { return send(*flags, here); });
  });
}

void add_call(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("call", "Send a message and print what services answer");
  verb->footer(
      "Prints the first answer, or with --stream each as it comes, as a line of JSON.\n"
      "Exit code 1 when a listener failed or nothing came in time, 4 when the listeners are done\n"
      "without an answer. The work is given up when --timeout is over, without --stream.\n\n"
      "  sluice call charge '{\"customer\":\"c-17\",\"total\":1250}' --timeout 5");
  const auto flags = std::make_shared<call_flags>();
  add_message_flags(*verb, *flags);
  verb->add_option("--from", flags->from, "Only what this app answers")->type_name("APP");
  verb->add_option("--timeout", flags->timeout, "How long to wait for each answer; 10 by default")
      ->check(CLI::Range(0.001, 1e9))
      ->type_name("SECONDS");
  verb->add_flag("--stream", flags->stream, "Print all answers, until the listeners are done");
  verb->callback([&code, flags] {
    code = flags->where.run(app_address::holder::messages,
                            [flags](session& here) { return call(*flags, here); });
  });
}

}  // namespace sluice::cli
