// Results of many lines on standard output, for readers that may leave and people who may stop it.
#pragma once

#include "cli/line_sink.hpp"
#include "cli/session.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace sluice::cli {

/// While it lives, Ctrl-C ends what the session waits for.
class listing {
 public:
  explicit listing(session& here);

  /// From now on the end of its reader ends the verb, also while it waits.
  void end_with_reader();

  /// Prints lines; false when nobody wants more.
  /// Throws `failure` for trouble such as a full disk.
  boost::asio::awaitable<bool> print(std::vector<std::string> lines);

 private:
  session& here_;
  line_sink out_;
  on_stop while_listing_;
};

}  // namespace sluice::cli
