// What a mailbox is behind its handle.
#pragma once

#include "mailbox/box_keys.hpp"
#include "mailbox/box_scripts.hpp"
#include "mailbox/box_watch.hpp"
#include "mailbox/write_numbers.hpp"
#include "redis/connection.hpp"

#include "sluice/mailbox/mailbox.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

class mailbox_core final : public std::enable_shared_from_this<mailbox_core> {
 public:
  using self = std::shared_ptr<mailbox_core>;

  mailbox_core(client redis, std::string id, mailbox_options how);

  const std::string& id() const noexcept { return id_; }

  // Each keeps the core, and takes what was checked.
  static boost::asio::awaitable<void> subscribe(self box, std::vector<std::string> channels,
                                                mailbox_start from);
  static boost::asio::awaitable<void> unsubscribe(self box, std::vector<std::string> channels);
  static boost::asio::awaitable<std::vector<std::string>> subscriptions(self box);
  static boost::asio::awaitable<std::uint64_t> write(self box, std::string channel,
                                                     std::string data);
  static boost::asio::awaitable<mailbox_messages> read(self box, waiting how_long,
                                                       std::size_t most);
  static boost::asio::awaitable<void> commit(self box);

  /// Text that names a start to the scripts.
  static std::string name_of(mailbox_start where);

 private:
  /// How far a channel was read: from where, by the server's word, and to where.
  struct stretch {
    std::string seen, given;
  };
  using stretches = std::map<std::string, stretch>;
  struct page {
    mailbox_messages messages;
    stretches read;
  };
  class reading;

  boost::asio::awaitable<mailbox_messages> wait_for_messages(clock::time_point limit,
                                                             std::size_t most);
  boost::asio::awaitable<page> fetch(std::size_t most, bool watched);
  boost::asio::awaitable<page> fetch_patiently(std::size_t most, clock::time_point limit);
  boost::asio::awaitable<mailbox_messages> take(page found);
  boost::asio::awaitable<page> fetch_as_fits(std::size_t most, bool watched);
  page decode(const reply& answer) const;
  void watch(const reply& answer);
  std::vector<std::string> keys_of(const stretches& read) const;
  std::vector<std::string> arguments_of(const stretches& read) const;

  client redis_;
  connection& link_;
  std::string id_;
  mailbox_options how_;
  box_keys keys_;
  const box_scripts& scripts_;
  std::string source_;  // the id as JSON
  std::string once_;
  write_numbers writes_;
  box_watch watch_;
  bool watch_changed_ = false;
  stretches uncommitted_;
  mailbox_messages kept_;  // committed, and not given out as the read was cancelled
  bool reading_ = false;
};

}  // namespace sluice
