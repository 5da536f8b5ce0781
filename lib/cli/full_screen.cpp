#include "cli/full_screen.hpp"

#include "cli/exit_code.hpp"

#include <sluice/core/result.hpp>

#include <boost/asio/co_spawn.hpp>

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

// xterm: the alternate screen, the cursor, and lines that are cut at the edge instead of going on
// in the next (DECSET 1049, 25 and 7).
constexpr std::string_view enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view leave = "\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr std::string_view home = "\x1b[H";
constexpr std::string_view clear_rest = "\x1b[K";

void write_at_once(std::string_view text) {
  [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
}

/// Somebody types at us: standard input is a terminal whose foreground we are, or whose processes
/// are others'.
bool is_typed_at() {
  const auto foreground = ::tcgetpgrp(STDIN_FILENO);
  return ::isatty(STDIN_FILENO) == 1 && (foreground == ::getpgrp() || foreground == -1);
}

/// One in the background is stopped here by the kernel, until somebody brings it to the fore:
/// tcdrain(3) is among the calls for which it does that, whatever the terminal is set to. False
/// where nobody could: its shell has ended.
bool wait_for_the_fore() {
  int drained = -1;
  do drained = ::tcdrain(STDOUT_FILENO);
  while (drained != 0 && errno == EINTR);
  return drained == 0;
}

/// What the terminal was like before; of the whole process, as its end has to find it.
class terminal_state {
 public:
  static terminal_state& now() {
    static terminal_state only;
    return only;
  }

  /// False where it cannot be had.
  bool take() {
    if (!wait_for_the_fore()) return false;
    if (taken_) return true;
    taken_ = true;
    ::termios found{};
    // Else it would be stopped for this, too.
    if (is_typed_at() && ::tcgetattr(STDIN_FILENO, &found) == 0) {
      before_ = found;
      found.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
      ::tcsetattr(STDIN_FILENO, TCSANOW, &found);
    }
    write_at_once(enter);
    return true;
  }

  void give_back() {
    if (!std::exchange(taken_, false)) return;
    write_at_once(leave);
    if (before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
    before_.reset();
  }

 private:
  terminal_state() {
    std::at_quick_exit([] { now().give_back(); });
  }

  bool taken_ = false;
  std::optional<::termios> before_;
};

}  // namespace

bool can_draw() {
  const char* const terminal = std::getenv("TERM");
  const bool dumb =
      terminal == nullptr || *terminal == '\0' || std::string_view(terminal) == "dumb";
  return ::isatty(STDOUT_FILENO) == 1 && !dumb;
}

struct full_screen::signals : std::enable_shared_from_this<signals> {
  signals(const asio::any_io_executor& executor, events what)
      : set(executor, SIGWINCH, SIGTSTP, SIGCONT),
        typed(executor, STDIN_FILENO, readiness::kind::readable),
        tell(std::move(what)) {
    struct sigaction before {};
    // Whoever ignores it, such as nohup, means to outlive the terminal.
    ::sigaction(SIGHUP, nullptr, &before);
    if (before.sa_handler != SIG_IGN) set.add(SIGHUP);
  }

  void wait();
  void on_signal(int number);
  static asio::awaitable<void> read_keys(std::shared_ptr<signals> self);

  asio::signal_set set;
  readiness typed;
  events tell;
  bool ended = false;
};

void full_screen::signals::wait() {
  set.async_wait([self = shared_from_this()](const boost::system::error_code& why, int number) {
    if (why || self->ended) return;
    self->wait();
    self->on_signal(number);
  });
}

void full_screen::signals::on_signal(int number) {
  if (number == SIGHUP) return tell.closed();
  if (number == SIGTSTP) {
    terminal_state::now().give_back();
    // Goes on here, once somebody has brought it back.
    ::raise(SIGSTOP);
  }
  if (number != SIGWINCH && !terminal_state::now().take()) return tell.closed();
  tell.changed();
}

asio::awaitable<void> full_screen::signals::read_keys(std::shared_ptr<signals> self) {
  while (self->typed.can_wait()) {
    const bool readable = co_await self->typed.wait();
    if (!readable || self->ended) break;
    std::array<char, 256> keys{};
    const auto count = ::read(STDIN_FILENO, keys.data(), keys.size());
    if (count <= 0) break;
    const std::string_view typed(keys.data(), static_cast<std::size_t>(count));
    if (typed.find('q') != std::string_view::npos) self->tell.quit();
  }
}

full_screen::full_screen(const asio::any_io_executor& executor, events what)
    : signals_(std::make_shared<signals>(executor, std::move(what))) {
  if (!terminal_state::now().take()) throw failure(trouble, "nobody is at the terminal any more");
  signals_->wait();
  if (is_typed_at()) asio::co_spawn(executor, signals::read_keys(signals_), rethrow);
}

full_screen::~full_screen() {
  signals_->ended = true;
  signals_->set.cancel();
  signals_->typed.stop();
  terminal_state::now().give_back();
}

screen_size full_screen::size() const {
  screen_size found;
  ::winsize told{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &told) == 0 && told.ws_col > 0 && told.ws_row > 0) {
    found.columns = told.ws_col;
    found.rows = told.ws_row;
  }
  return found;
}

std::vector<std::string> full_screen::in_place(std::vector<std::string> lines) const {
  // The last row stays free: the end of a line there would move all of them up.
  lines.resize(std::max<std::size_t>(size().rows, 2) - 1);
  for (auto& each : lines) each.append(clear_rest);
  lines.front().insert(0, home);
  return lines;
}

}  // namespace sluice::cli
