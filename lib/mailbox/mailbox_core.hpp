// What a mailbox is behind its handle.
#pragma once

#include "mailbox/box_keys.hpp"
#include "mailbox/box_scripts.hpp"
#include "mailbox/box_watch.hpp"
#include "mailbox/due_channels.hpp"
#include "mailbox/write_lane.hpp"
#include "redis/connection.hpp"
#include "redis/script_call.hpp"
#include "redis/step_numbers.hpp"

#include "sluice/mailbox/mailbox.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
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
  static boost::asio::awaitable<void> commit(self box, std::string channel, std::uint64_t number);

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
  /// What was found, and is given as soon as the positions have moved.
  struct unfinished {
    page found;
    script_wait::started step;  // null while none is under way
    bool in_doubt = false;      // whether an earlier one has moved them
  };
  class reading;
  class look;
  class own_ring;

  void forget_read(const std::vector<std::string>& channels);

  // Writing.
  void begin_writing(const std::string& channel, std::shared_ptr<write_lane> lane);
  static boost::asio::awaitable<void> write_all(self box, std::string channel,
                                                std::shared_ptr<write_lane> lane);
  boost::asio::awaitable<void> write_step(std::string channel, write_lane& lane);

  // Reading.
  boost::asio::awaitable<mailbox_messages> read_now(std::size_t most);
  boost::asio::awaitable<mailbox_messages> wait_for_messages(clock::time_point limit,
                                                             std::size_t most);
  boost::asio::awaitable<void> wait_until_due(clock::time_point limit);
  boost::asio::awaitable<mailbox_messages> read_once(std::size_t most);
  boost::asio::awaitable<mailbox_messages> read_patiently(std::size_t most,
                                                          clock::time_point limit);
  boost::asio::awaitable<page> fetch_as_fits(std::size_t most);
  boost::asio::awaitable<page> fetch(std::size_t most, std::size_t channels);
  boost::asio::awaitable<void> find_channels();
  boost::asio::awaitable<page> ask(look& at, std::size_t most);
  boost::asio::awaitable<mailbox_messages> take(page found);
  boost::asio::awaitable<mailbox_messages> take_earlier();
  void begin_moving(unfinished& what);
  mailbox_messages take_what_moved(const reply& answer, page found, bool repeated);
  page decode(const resp::value& found);
  boost::asio::awaitable<void> commit(stretches read);
  void hear();
  void hear_clock();
  std::vector<std::string> fetch_arguments(const std::vector<std::string>& channels,
                                           std::size_t most) const;
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
  step_numbers steps_;
  std::map<std::string, std::shared_ptr<write_lane>> lanes_;
  box_watch watch_;
  due_channels due_;
  clock::time_point trusted_until_{};  // the bells
  std::int64_t own_rings_ = 0;         // of the index, that are still to come
  stretches uncommitted_;
  std::optional<unfinished> earlier_;
  bool reading_ = false;
};

}  // namespace sluice
