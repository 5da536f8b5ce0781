// A terminal that is drawn on in place, and is left as it was found.
#pragma once

#include "cli/readiness.hpp"
#include "cli/screen_size.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice::cli {

/// Whether standard output is a terminal that can be drawn on.
bool can_draw();

/// While it lives, standard output shows the alternate screen, and what is typed does not appear.
/// The terminal is given back when it is destroyed, by Ctrl-Z for as long as the process is
/// stopped, and when a second signal ends the process at once.
class full_screen {
 public:
  /// What happens to a terminal.
  struct events {
    /// It has another size, or shows something else: draw.
    std::function<void()> changed;
    /// Its owner has left: SIGHUP.
    std::function<void()> closed;
    /// "q" was typed.
    std::function<void()> quit;
  };

  /// From the background it waits until somebody brings it to the fore. Throws `failure` where
  /// nobody could.
  full_screen(const boost::asio::any_io_executor& executor, events what);
  full_screen(const full_screen&) = delete;
  full_screen& operator=(const full_screen&) = delete;
  ~full_screen();

  screen_size size() const;
  /// Lines as they have to be written so that they replace all that is shown. They have to be one
  /// fewer than there are rows.
  std::vector<std::string> in_place(std::vector<std::string> lines) const;

 private:
  struct signals;

  std::shared_ptr<signals> signals_;
};

}  // namespace sluice::cli
