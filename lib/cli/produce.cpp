#include "json_lines.hpp"
#include "line_source.hpp"
#include "progress.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <sluice/stream/producer.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
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
  std::uint64_t max_length = 0;
  double rate = 0;
};

fields fields_of_pairs(const std::vector<std::string>& pairs) {
  fields made;
  for (const auto& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) {
      throw error(errc::invalid_argument, "--field wants name=value, not '" + pair + "'");
    }
    made.add(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return made;
}

add_options options_of(const produce_flags& flags) {
  add_options how;
  if (flags.max_length > 0) how.cut(trim::max_length(flags.max_length));
  return how;
}

fields entry_of(const produce_flags& flags, const std::string& line) {
  return flags.lines ? fields("line", line) : fields_of(line);
}

/// Keeps to `--rate` by the clock, so that a slow moment is caught up.
class pace {
 public:
  pace(boost::asio::any_io_executor executor, double rate)
      : timer_(std::move(executor)), rate_(rate), next_(std::chrono::steady_clock::now()) {}

  boost::asio::awaitable<void> wait() {
    if (rate_ <= 0) co_return;
    next_ += std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / rate_));
    timer_.expires_at(next_);
    co_await timer_.async_wait(boost::asio::use_awaitable);
  }

 private:
  boost::asio::steady_timer timer_;
  double rate_;
  std::chrono::steady_clock::time_point next_;
};

boost::asio::awaitable<int> produce(const produce_flags& flags, client redis,
                                    stop_signal& stopping) {
  co_await redis.connect();
  producer out(redis);
  const auto how = options_of(flags);
  if (!flags.pairs.empty()) {
    const auto id = co_await out.add(flags.stream, fields_of_pairs(flags.pairs), how);
    std::cout << id.to_string() << '\n';
    co_return ok;
  }
  line_source input(redis.get_executor(), ::dup(STDIN_FILENO));
  stopping.on_request([&input] { input.stop(); });
  pace beat(redis.get_executor(), flags.rate);
  progress shown("produced");
  std::size_t skipped = 0;
  int code = ok;
  while (auto line = co_await input.next()) {
    if (line->empty()) continue;
    std::string wrong;
    fields what;
    try {
      what = entry_of(flags, *line);
    } catch (const std::invalid_argument& why) {
      wrong = why.what();
    }
    if (!wrong.empty()) {
      const auto where = "line " + std::to_string(input.number()) + ' ' + wrong;
      complain(where + (flags.skip_bad ? "; skipped" : "; mend it, or go on with --skip-bad"));
      ++skipped;
      if (flags.skip_bad) continue;
      code = bad_input;
      break;
    }
    co_await beat.wait();
    co_await out.send(flags.stream, std::move(what), how);
    shown.add();
  }
  // What was read is sent and confirmed, also after Ctrl-C and before a bad line.
  co_await out.flush();
  shown.finish();
  if (code == ok && skipped > 0) code = bad_input;
  co_return stopping.requested() ? static_cast<int>(interrupted) : code;
}

}  // namespace

void add_produce(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("produce", "Add entries to a stream");
  verb->footer(
      "Reads JSON objects from standard input, one a line: strings become values as they are,\n"
      "everything else its JSON text. Examples:\n"
      "  echo '{\"customer\":\"c-17\",\"total\":12}' | sluice produce orders\n"
      "  sluice produce orders --field customer=c-17 --field total=12");
  const auto flags = std::make_shared<produce_flags>();
  add_url(*verb, flags->url);
  verb->add_option("stream", flags->stream, "The stream")->required();
  verb->add_option("--field", flags->pairs, "name=value; one entry of all that are given");
  verb->add_flag("--lines", flags->lines, "Each line is an entry with one field, 'line'");
  verb->add_flag("--skip-bad", flags->skip_bad, "Go on after a line that cannot be read");
  verb->add_option("--maxlen", flags->max_length, "Keep about so many entries");
  verb->add_option("--rate", flags->rate, "Entries a second at most");
  verb->callback([&code, flags] {
    code = run(flags->url, [flags](client redis, stop_signal& stopping) {
      return produce(*flags, std::move(redis), stopping);
    });
  });
}

}  // namespace sluice::cli
