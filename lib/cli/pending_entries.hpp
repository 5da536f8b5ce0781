// What a group has handed out and nobody has settled, as the server lists it.
#pragma once

#include <sluice/core/entry_id.hpp>
#include <sluice/redis/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::cli {

/// The owners that the server names for entries that are nobody's, to be taken by any member: given
/// back by one, or taken from one that died.
inline constexpr std::string_view given_back = "sluice:released";
inline constexpr std::string_view taken_from_the_dead = "sluice:orphaned";

struct pending_entry {
  std::string id;
  std::string consumer;
  std::chrono::milliseconds idle{0};
  std::int64_t deliveries = 0;
  /// When somebody may take it, where it is nobody's; from the time of the page on.
  std::optional<std::chrono::milliseconds> due;
  /// Empty where they were not asked for, or are deleted.
  std::optional<std::vector<std::pair<std::string, std::string>>> fields;

  bool is_nobodys() const noexcept {
    return consumer == given_back || consumer == taken_from_the_dead;
  }
};

struct pending_summary {
  std::int64_t total = 0;
  std::string oldest;
  std::chrono::milliseconds age{0};  // of the oldest, since it was added, by the server's clock
  std::vector<std::pair<std::string, std::int64_t>> consumers;
};

/// Reads them page by page, so that no command occupies the server for long.
class pending_entries {
 public:
  static constexpr std::size_t page_size = 500;

  /// Of one consumer alone unless `consumer` is empty; those that have been idle for so long.
  pending_entries(client redis, std::string stream, std::string group, std::string consumer,
                  std::chrono::milliseconds idle);

  /// Of all consumers.
  boost::asio::awaitable<pending_summary> summarize();
  /// The next ones, at most `most` and a page; none at the end.
  boost::asio::awaitable<std::vector<pending_entry>> next(std::size_t most, bool with_fields);

 private:
  boost::asio::awaitable<std::int64_t> server_time();
  boost::asio::awaitable<void> find_due(std::vector<pending_entry>& page);

  client redis_;
  std::string stream_, group_, consumer_;
  std::chrono::milliseconds idle_;
  entry_id after_;
  bool over_ = false;
};

}  // namespace sluice::cli
