// What was found out about several things: a table for people, or JSON lines for programs.
#pragma once

#include "cli/json_object.hpp"
#include "cli/listing.hpp"
#include "cli/table.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace sluice::cli {

class facts_table {
 public:
  /// `sides` has a letter for each column: 'l', or 'r' for numbers.
  facts_table(row heading, std::string sides);

  void add(row cells, const json_object& object);
  bool empty() const noexcept { return rows_.size() == 1; }
  /// False when nobody wants more.
  boost::asio::awaitable<bool> print(listing& out, bool json);

 private:
  std::vector<row> rows_;
  std::vector<std::string> objects_;
  std::string sides_;
};

/// "1.5 MiB".
std::string readable_bytes(std::uint64_t bytes);

/// A line in bold or in a colour, where standard output is a terminal that shows them.
enum class ink : unsigned char { bold, red, yellow, green };
std::string painted(ink colour, const std::string& line);

}  // namespace sluice::cli
