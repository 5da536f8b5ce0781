#include "cli/complain.hpp"
#include "cli/counts.hpp"
#include "cli/json_fields.hpp"
#include "cli/line_source.hpp"
#include "cli/pace.hpp"
#include "cli/pairs.hpp"
#include "cli/print.hpp"
#include "cli/progress.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/core/result.hpp>
#include <sluice/stream/producer.hpp>

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sluice::cli {
namespace {

struct produce_flags {
  std::string url = default_url;
  std::string stream;
  std::vector<std::string> pairs;
  bool lines = false;
  bool skip_bad = false;
  std::optional<std::uint64_t> max_length;
  std::optional<double> rate;

  add_options options() const {
    add_options how;
    if (max_length) how.cut(trim::max_length(*max_length));
    return how;
  }
};

fields fields_of_pairs(const std::vector<std::string>& pairs) {
  fields made;
  for (const auto& each : pairs) {
    const auto [name, value] = split_pair(each);
    made.add(name, value);
  }
  return made;
}

/// The entry that a line stands for; empty for a blank line. Throws `std::invalid_argument`.
std::optional<fields> entry_of(const produce_flags& flags, const line& from) {
  if (from.too_long()) throw std::invalid_argument("longer than 16 MiB");
  if (flags.lines) return fields("line", from.text());
  if (from.text().find_first_not_of(" \t\r") == std::string::npos) return std::nullopt;
  return fields_of(from.text());
}

/// Reads lines and sends entries until the input ends, or it is stopped, or something is wrong.
class line_producer {
 public:
  line_producer(const produce_flags& flags, session& here)
      : flags_(flags),
        here_(here),
        input_(here.redis.get_executor(), STDIN_FILENO),
        beat_(here.redis.get_executor(), flags.rate),
        out_(here.redis),
        shown_("produced", STDIN_FILENO) {}

  boost::asio::awaitable<int> run();

 private:
  boost::asio::awaitable<void> send_all();
  std::optional<fields> read(const line& from);
  int report(const result<void>& flushed);

  const produce_flags& flags_;
  session& here_;
  line_source input_;
  pace beat_;
  producer out_;
  progress shown_;
  std::size_t bad_lines_ = 0;
  bool refused_ = false;  // a bad line, without --skip-bad
};

boost::asio::awaitable<int> line_producer::run() {
  const auto stop = [this] {
    input_.stop();
    beat_.stop();
  };
  const on_stop while_running(here_.stop, stop);
  co_await send_all();
  // What was sent is confirmed, also after Ctrl-C and before a bad line.
  const auto flushed = co_await as_result(out_.flush());
  shown_.finish();
  co_return report(flushed);
}

boost::asio::awaitable<void> line_producer::send_all() {
  const auto how = flags_.options();
  // An entry whose fate is bad, or unknown, is a reason to stop: the user has to decide.
  while (out_.failures() == 0 && !refused_) {
    auto next = co_await input_.next();
    if (!next) break;
    auto what = read(*next);
    if (!what) continue;
    const bool may_go = co_await beat_.wait();
    if (!may_go) break;
    co_await out_.send(flags_.stream, *std::move(what), how);
    shown_.add();
  }
}

std::optional<fields> line_producer::read(const line& from) {
  try {
    return entry_of(flags_, from);
  } catch (const std::invalid_argument& why) {
    ++bad_lines_;
    refused_ = !flags_.skip_bad;
    complain("line " + std::to_string(from.number()) + ": " + why.what() +
             (refused_ ? "; correct it, or pass over bad lines with --skip-bad" : "; skipped"));
    return std::nullopt;
  }
}

int line_producer::report(const result<void>& flushed) {
  const auto added = std::to_string(here_.redis.counters().entries_added);
  if (flushed.has_error()) {
    complain(explain(flushed.error()) + "; " + added + " are confirmed");
    return trouble;
  }
  if (refused_ || here_.stop.made()) complain(added + " entries were produced, all confirmed");
  return bad_lines_ > 0 ? bad_input : ok;
}

boost::asio::awaitable<int> produce_one(const produce_flags& flags, session& here) {
  producer out(here.redis);
  const auto id = co_await out.add(flags.stream, fields_of_pairs(flags.pairs), flags.options());
  print_line(id.to_string());
  co_return ok;
}

boost::asio::awaitable<int> produce_lines(const produce_flags& flags, session& here) {
  line_producer lines(flags, here);
  const int code = co_await lines.run();
  co_return code;
}

void add_flags(CLI::App& verb, produce_flags& flags) {
  add_url(verb, flags.url);
  verb.add_option("stream", flags.stream, "The stream; made when it does not exist")
      ->required()
      ->type_name("STREAM");
  auto* const pairs =
      verb.add_option("--field", flags.pairs, "A field of one single entry; may be repeated");
  pairs->type_name("NAME=VALUE")->allow_extra_args(false)->check(check_pair);
  verb.add_flag("--lines", flags.lines, "Each line of the input becomes a field \"line\"")
      ->excludes(pairs);
  verb.add_flag("--skip-bad", flags.skip_bad, "Pass over bad lines; each is told")->excludes(pairs);
  verb.add_option("--maxlen", flags.max_length, "Cut the stream to about so many entries")
      ->check(check_count)
      ->type_name("N");
  verb.add_option("--rate", flags.rate, "At most so many entries a second, 0.001 to 1000000")
      ->check(CLI::Range(0.001, 1e6))
      ->type_name("N");
}

}  // namespace

void add_produce(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("produce", "Add entries to a stream");
  verb->footer(
      "Reads JSON objects from standard input, one a line. Strings become values as they are,\n"
      "numbers, true, false, null, arrays and objects as their JSON text; order and repeated\n"
      "names are kept. A bad line ends it (exit code 3) once the lines before are confirmed;\n"
      "with --skip-bad it goes on, and the exit code is 3 all the same. With --field it adds one\n"
      "entry and prints its id. Ctrl-C or SIGTERM: confirms what was sent and says how many.\n\n"
      "  echo '{\"customer\":\"c-17\",\"total\":12.50}' | sluice produce orders\n"
      "  sluice produce orders --field customer=c-17 --field total=12.50\n"
      "  tail -f app.log | sluice produce log --lines --maxlen 1000000");
  const auto flags = std::make_shared<produce_flags>();
  add_flags(*verb, *flags);
  verb->callback([&code, flags] {
    code = run(flags->url, [flags](session& here) {
      return flags->pairs.empty() ? produce_lines(*flags, here) : produce_one(*flags, here);
    });
  });
}

}  // namespace sluice::cli
