#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/json_entry.hpp"
#include "cli/line_sink.hpp"
#include "cli/progress.hpp"
#include "cli/session.hpp"
#include "cli/topic.hpp"
#include "cli/verbs.hpp"

#include <sluice/topic/topic_consumer.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/json/serialize.hpp>

#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

const std::map<std::string, unfit>& fates() {
  static const std::map<std::string, unfit> all{{"stop", unfit::stop},
                                                {"acknowledge", unfit::acknowledge},
                                                {"skip", unfit::skip},
                                                {"dead-letter", unfit::dead_letter}};
  return all;
}

struct listen_flags {
  std::string url = default_url;
  std::vector<std::string> names;
  std::string group;
  std::string consumer;
  std::string prefix = "telstar:";
  std::optional<std::uint64_t> count;
  std::optional<double> idle_exit;
  std::optional<std::uint64_t> crash_after;
  std::string on_unfit = "stop";

  topic_group membership() const {
    topic_group what(group);
    what.consumer(consumer).prefix(prefix).on_unfit(fates().at(on_unfit));
    return what;
  }
};

/// Thrown by a handler whose line nobody took.
struct reader_gone : std::exception {};

std::string line_of(const topic_delivery& what) {
  std::string line = "{\"topic\":";
  append_json_string(line, what.topic());
  line.append(",\"entry\":\"").append(what.entry().id_text());
  line.append("\",\"id\":\"").append(what.id().to_string());
  line.append("\",\"data\":");
  append_json(line, boost::json::serialize(what.data()));
  line.append(",\"redelivered\":").append(what.redelivered() ? "true" : "false");
  return line.append("}");
}

/// Prints messages; each is settled once standard output has taken its line.
class listener {
 public:
  listener(const listen_flags& flags, session& here)
      : flags_(flags),
        here_(here),
        in_(std::make_shared<topic_consumer>(here.redis, flags.membership())),
        out_(here.redis.get_executor(), STDOUT_FILENO),
        idle_(here.redis.get_executor()),
        shown_("settled", STDOUT_FILENO) {}
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  asio::awaitable<int> run();

 private:
  asio::awaitable<void> print(topic_delivery& what);
  void wait_for_more();

  const listen_flags& flags_;
  session& here_;
  std::shared_ptr<topic_consumer> in_;
  line_sink out_;
  asio::steady_timer idle_;
  progress shown_;
};

asio::awaitable<int> listener::run() {
  const auto stop = [this] {
    in_->stop();
    out_.stop();
  };
  const on_stop while_running(here_.stop, stop);
  for (const auto& each : flags_.names) {
    in_->on(each, [this](topic_delivery& what) { return print(what); });
  }
  in_->on_error<reader_gone>([](const reader_gone&, const delivery&) { return verdict::leave(); });
  out_.when_abandoned([this] { in_->stop(); });
  wait_for_more();
  co_await in_->run();
  idle_.cancel();
  shown_.finish();
  const bool fewer = flags_.count && in_->counters().settled < *flags_.count;
  if (fewer && !out_.abandoned() && !here_.stop.made()) {
    complain("only " + std::to_string(in_->counters().settled) + " messages came");
  }
  co_return fewer && !out_.abandoned() ? fell_short : ok;
}

asio::awaitable<void> listener::print(topic_delivery& what) {
  std::vector<std::string> lines(1, line_of(what));
  const auto printed = co_await out_.write(std::move(lines));
  if (printed == 0) {
    in_->stop();
    throw reader_gone();
  }
  shown_.add();
  if (flags_.crash_after && shown_.count() == *flags_.crash_after) {
    ::kill(::getpid(), SIGKILL);
  }
  co_await what.settle();
  if (flags_.count && in_->counters().settled + 1 >= *flags_.count) in_->stop();
  wait_for_more();
}

void listener::wait_for_more() {
  if (!flags_.idle_exit) return;
  const std::chrono::duration<double> limit(*flags_.idle_exit);
  idle_.expires_after(std::chrono::duration_cast<std::chrono::milliseconds>(limit));
  idle_.async_wait([in = std::weak_ptr(in_)](const boost::system::error_code& ended) {
    const auto still = in.lock();
    if (!ended && still) still->stop();
  });
}

asio::awaitable<int> listen(const listen_flags& flags, session& here) {
  listener printing(flags, here);
  const int code = co_await printing.run();
  co_return code;
}

void add_flags(CLI::App& verb, listen_flags& flags) {
  add_url(verb, flags.url);
  verb.add_option("topics", flags.names, "The topics")
      ->required()
      ->check(check_name)
      ->type_name("TOPIC");
  verb.add_option("--group", flags.group, "The group")
      ->required()
      ->check(check_name)
      ->type_name("NAME");
  verb.add_option("--consumer", flags.consumer, "The member's name")
      ->required()
      ->check(check_name)
      ->type_name("NAME");
  verb.add_option("--prefix", flags.prefix, "What all keys begin with; telstar: by default")
      ->type_name("TEXT");
  verb.add_option("--count", flags.count, "End after so many messages")
      ->check(check_count)
      ->type_name("N");
  verb.add_option("--idle-exit", flags.idle_exit, "End when nothing came for so long")
      ->check(check_between(0.001, 1e9))
      ->type_name("SECONDS");
  verb.add_option("--unfit", flags.on_unfit,
                  "What is no message: stop (default), acknowledge, skip, dead-letter")
      ->check(CLI::IsMember({"stop", "acknowledge", "skip", "dead-letter"}).description(""))
      ->type_name("WHAT");
  verb.add_option("--crash-after", flags.crash_after,
                  "Die (SIGKILL) between printing the Nth message and settling it")
      ->check(check_count)
      ->type_name("N");
}

}  // namespace

void add_topic_listen(CLI::App& topic, int& code) {
  auto* const verb = topic.add_subcommand("listen", "Print the messages of topics, each once");
  verb->footer(
      "Prints {\"topic\":…,\"entry\":…,\"id\":…,\"data\":…,\"redelivered\":…} a line, and settles "
      "the\n"
      "message when standard output has taken the line. What the group has settled before is not\n"
      "printed. Ctrl-C or SIGTERM: settles what was printed and ends; so it does when its reader\n"
      "leaves. A message in hand when something breaks is printed again, \"redelivered\":true.\n\n"
      "  sluice topic listen orders bills --group billing --consumer billing-1 | ./bill");
  const auto flags = std::make_shared<listen_flags>();
  add_flags(*verb, *flags);
  verb->callback([&code, flags] {
    code = run(flags->url, [flags](session& here) { return listen(*flags, here); });
  });
}

}  // namespace sluice::cli
