#include "cli/app_address.hpp"
#include "cli/json_entry.hpp"
#include "cli/line_sink.hpp"
#include "cli/read_json.hpp"
#include "cli/session.hpp"
#include "cli/shell_command.hpp"
#include "cli/verbs.hpp"

#include <sluice/app/app.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

struct service_flags {
  app_address where;
  std::vector<std::string> topics;
  std::string name;
  std::optional<std::string> respond;
  std::string command;
  std::optional<std::uint64_t> count;
  std::size_t concurrency = 1;
};

std::string line_of(const request& what) {
  std::string line = "{\"topic\":";
  append_json_string(line, what.topic());
  line.append(",\"id\":");
  append_json_string(line, what.id());
  line.append(",\"source_group\":");
  append_json_string(line, what.source_group());
  line.append(",\"value\":");
  append_json(line, boost::json::serialize(what.value()));
  return line.append("}");
}

// What a command says that is no JSON is a text.
boost::json::value answer_of(const std::string& line) {
  try {
    return read_json(line);
  } catch (const std::invalid_argument&) {
    return boost::json::value(boost::json::string(line));
  }
}

/// Prints messages, and answers them as it was told.
class service {
 public:
  service(const service_flags& flags, session& here)
      : flags_(flags),
        here_(here),
        app_(flags.where.make_app(here, flags.name)),
        out_(here.redis.get_executor(), STDOUT_FILENO) {
    if (flags.respond) respond_ = read_json_argument("--respond", *flags.respond);
  }
  service(const service&) = delete;
  service& operator=(const service&) = delete;

  asio::awaitable<int> run();

 private:
  asio::awaitable<void> handle(request& what);

  const service_flags& flags_;
  session& here_;
  app app_;
  line_sink out_;
  std::optional<boost::json::value> respond_;
  std::uint64_t handled_ = 0;
};

asio::awaitable<int> service::run() {
  const auto stop = [this] {
    app_.stop();
    out_.stop();
  };
  const on_stop while_running(here_.stop, stop);
  for (const auto& each : flags_.topics) {
    app_.listen(
        each, [this](request& what) { return handle(what); },
        listener_options().concurrency(flags_.concurrency));
  }
  out_.when_abandoned([this] { app_.stop(); });
  co_await app_.run();
  co_return ok;
}

asio::awaitable<void> service::handle(request& what) {
  std::vector<std::string> lines(1, line_of(what));
  const auto printed = co_await out_.write(std::move(lines));
  if (printed == 0) {
    app_.stop();
    throw retry_after(std::chrono::milliseconds(0), "nobody reads what is printed");
  }
  if (respond_) what.respond(*respond_);
  if (!flags_.command.empty()) {
    const auto answer = [&what](std::string line) -> asio::awaitable<void> {
      what.respond(answer_of(line));
      co_await what.room();
    };
    const auto ended = co_await run_shell_command(flags_.command, line_of(what) + '\n', answer);
    if (!ended.empty()) throw std::runtime_error("the command failed: " + ended);
  }
  if (flags_.count && ++handled_ >= *flags_.count) app_.stop();
}

asio::awaitable<int> listen(const service_flags& flags, session& here) {
  service serving(flags, here);
  const int code = co_await serving.run();
  co_return code;
}

}  // namespace

void add_listen(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("listen", "Be a service: print messages and answer them");
  verb->footer(
      "Prints {\"topic\":…,\"id\":…,\"source_group\":…,\"value\":…} a line. --exec runs a command "
      "for each\n"
      "message, which reads that line; each line that it prints is an answer, JSON or a text. A\n"
      "command that fails is a listener that failed: the sender hears so, and the message becomes\n"
      "a dead letter.\n\n"
      "  sluice listen charge --name billing --exec 'jq -c .value'");
  const auto flags = std::make_shared<service_flags>();
  flags->where.add_to(*verb);
  verb->add_option("topics", flags->topics, "The topics")->required()->type_name("TOPIC");
  verb->add_option("--name", flags->name, "The app's name")->required()->type_name("APP");
  auto* const respond =
      verb->add_option("--respond", flags->respond, "Answer every message with this")
          ->type_name("JSON");
  verb->add_option("--exec", flags->command, "Answer with what this command prints")
      ->excludes(respond)
      ->type_name("COMMAND");
  verb->add_option("--concurrency", flags->concurrency, "How many messages at once; 1 by default")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}))
      ->type_name("N");
  verb->add_option("--count", flags->count, "End after so many messages")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  verb->callback([&code, flags] {
    code = flags->where.run(app_address::holder::messages,
                            [flags](session& here) { return listen(*flags, here); });
  });
}

}  // namespace sluice::cli
