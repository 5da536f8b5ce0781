#include "cli/box.hpp"
#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/line_source.hpp"
#include "cli/progress.hpp"
#include "cli/read_json.hpp"

#include <sluice/core/result.hpp>
#include <sluice/mailbox/mailbox.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/value.hpp>

#include <unistd.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace sluice::cli {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

// They leave in steps of some hundred.
constexpr std::size_t most_under_way = 1'024;

struct box_write_flags {
  box_place where;
  std::string channel;
  std::string client = default_connection_name;
  bool json = false;
};

json::value message_of(const box_write_flags& flags, const line& from) {
  if (from.too_long()) throw std::invalid_argument("longer than 16 MiB");
  return flags.json ? read_json(from.text()) : json::value(from.text());
}

bool is_blank(const line& which) {
  return !which.too_long() && which.text().find_first_not_of(" \t\r") == std::string::npos;
}

/// What was asked of the server; it outlives the verb until all of it is answered.
class writes : public std::enable_shared_from_this<writes> {
 public:
  writes(const session& here, const box_write_flags& flags)
      : box_(here.redis, flags.client, mailbox_options().layout(flags.where.layout())),
        channel_(flags.channel),
        change_(here.redis.get_executor()),
        shown_("wrote", STDIN_FILENO) {}

  /// Asks for one more. Throws `error` with `errc::invalid_argument` for what is no message.
  void begin(const json::value& what) {
    auto writing = box_.write_json(channel_, what);
    ++under_way_;
    auto end = [self = shared_from_this()](const std::exception_ptr& failure, std::uint64_t) {
      self->on_end(failure);
    };
    asio::co_spawn(change_.get_executor(), std::move(writing), std::move(end));
  }
  /// Waits until no more than so many are under way.
  asio::awaitable<void> wait_for(std::size_t few) {
    while (under_way_ > few) {
      change_.expires_at(asio::steady_timer::time_point::max());
      auto waiting = change_.async_wait(asio::use_awaitable);
      co_await as_result(std::move(waiting));
    }
  }
  std::size_t under_way() const noexcept { return under_way_; }
  const std::exception_ptr& failure() const noexcept { return failure_; }
  progress& shown() noexcept { return shown_; }

 private:
  void on_end(const std::exception_ptr& failure) {
    --under_way_;
    if (failure == nullptr) {
      shown_.add();
    } else if (failure_ == nullptr) {
      failure_ = failure;
    }
    change_.cancel();
  }

  mailbox box_;
  std::string channel_;
  asio::steady_timer change_;
  progress shown_;
  std::size_t under_way_ = 0;
  std::exception_ptr failure_;
};

/// Reads lines and writes messages until the input ends, or it is stopped, or something is wrong.
class box_writer {
 public:
  box_writer(const box_write_flags& flags, session& here)
      : flags_(flags),
        here_(here),
        input_(here.redis.get_executor(), STDIN_FILENO),
        out_(std::make_shared<writes>(here, flags)) {}

  asio::awaitable<int> run();

 private:
  asio::awaitable<void> write_all();
  void begin(const line& from);

  const box_write_flags& flags_;
  session& here_;
  line_source input_;
  std::shared_ptr<writes> out_;
  bool bad_line_ = false;
};

asio::awaitable<int> box_writer::run() {
  const auto stop = [this] { input_.stop(); };
  const on_stop while_running(here_.stop, stop);
  co_await write_all();
  co_await out_->wait_for(0);
  out_->shown().finish();
  const auto told = messages_text(out_->shown().count()) + " written, all confirmed";
  if (out_->failure() != nullptr) {
    const auto code = complain_about(out_->failure());
    complain(told);
    co_return code;
  }
  if (bad_line_ || here_.stop.made()) complain(told);
  co_return bad_line_ ? bad_input : ok;
}

asio::awaitable<void> box_writer::write_all() {
  while (!bad_line_ && out_->failure() == nullptr) {
    const auto next = co_await input_.next();
    if (!next) break;
    if (flags_.json && is_blank(*next)) continue;
    begin(*next);
    if (out_->under_way() >= most_under_way) co_await out_->wait_for(most_under_way / 2);
  }
}

void box_writer::begin(const line& from) {
  std::string why;
  try {
    out_->begin(message_of(flags_, from));
    return;
  } catch (const std::invalid_argument& wrong) {
    why = wrong.what();
  } catch (const error& wrong) {
    why = wrong.what();
  }
  complain("line " + std::to_string(from.number()) + ": " + why);
  bad_line_ = true;
}

asio::awaitable<int> write_lines(const box_write_flags& flags, session& here) {
  box_writer lines(flags, here);
  const int code = co_await lines.run();
  co_return code;
}

}  // namespace

void add_box_write(CLI::App& box, int& code) {
  auto* const verb = box.add_subcommand("write", "Write messages to a channel");
  verb->footer(
      "Reads standard input, one message a line: text in UTF-8, or JSON with --json. They are\n"
      "stored in their order, each once, also when the link breaks. A bad line ends it (exit\n"
      "code 3); all lines before it are confirmed.\n\n"
      "  echo hello | sluice box write news --client desk");
  const auto flags = std::make_shared<box_write_flags>();
  flags->where.add_to(*verb);
  add_channel(*verb, flags->channel);
  verb->add_option("--client", flags->client, "Who writes; sluice-cli by default")
      ->check(check_name)
      ->type_name("ID");
  verb->add_flag("--json", flags->json, "Each line is JSON, not text; blank ones are passed over");
  verb->callback([&code, flags] { code = run(flags->where.url, with(flags, write_lines)); });
}

}  // namespace sluice::cli
