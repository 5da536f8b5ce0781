#include "sluice/mailbox/mailbox.hpp"

#include "core/json_text.hpp"
#include "mailbox/mailbox_core.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

mailbox_options checked(mailbox_options how) {
  if (how.max_age() < std::chrono::milliseconds(0)) {
    throw error(errc::invalid_argument, "the age of messages is negative");
  }
  if (how.lock_patience() <= std::chrono::milliseconds(0)) {
    throw error(errc::invalid_argument, "the patience with locks is not positive");
  }
  return how;
}

std::string checked(std::string id) {
  if (id.empty()) throw error(errc::invalid_argument, "a mailbox needs an id");
  return id;
}

// Each once.
std::vector<std::string> checked(std::vector<std::string> channels) {
  std::sort(channels.begin(), channels.end());
  channels.erase(std::unique(channels.begin(), channels.end()), channels.end());
  if (channels.empty()) throw error(errc::invalid_argument, "there is no channel");
  if (channels.front().empty()) throw error(errc::invalid_argument, "a channel needs a name");
  return channels;
}

}  // namespace

mailbox::mailbox(client redis, std::string id, mailbox_options how)
    : core_(std::make_shared<mailbox_core>(std::move(redis), checked(std::move(id)),
                                           checked(std::move(how)))) {}
mailbox::mailbox(client redis, mailbox_options how)
    : core_(std::make_shared<mailbox_core>(std::move(redis), std::string(),
                                           checked(std::move(how)))) {}
mailbox::mailbox(mailbox&&) noexcept = default;
mailbox& mailbox::operator=(mailbox&&) noexcept = default;
mailbox::~mailbox() = default;

const std::string& mailbox::id() const noexcept { return core_->id(); }

asio::awaitable<void> mailbox::subscribe(std::vector<std::string> channels, mailbox_start from) {
  return mailbox_core::subscribe(core_, checked(std::move(channels)), from);
}

asio::awaitable<void> mailbox::unsubscribe(std::vector<std::string> channels) {
  return mailbox_core::unsubscribe(core_, checked(std::move(channels)));
}

asio::awaitable<std::vector<std::string>> mailbox::subscriptions() const {
  return mailbox_core::subscriptions(core_);
}

asio::awaitable<std::uint64_t> mailbox::write(std::string_view channel, std::string_view text) {
  return write_json(channel, boost::json::value(text));
}

asio::awaitable<std::uint64_t> mailbox::write_json(std::string_view channel,
                                                   const boost::json::value& data) {
  if (channel.empty()) throw error(errc::invalid_argument, "a channel needs a name");
  auto text = sluice::write_json(data, "a message");
  return mailbox_core::write(core_, std::string(channel), std::move(text));
}

asio::awaitable<mailbox_messages> mailbox::read(waiting how_long, std::size_t most) {
  if (most == 0) throw error(errc::invalid_argument, "a read of no messages");
  return mailbox_core::read(core_, how_long, most);
}

asio::awaitable<void> mailbox::commit() { return mailbox_core::commit(core_); }

asio::awaitable<void> mailbox::commit(std::string_view channel, std::uint64_t number) {
  return mailbox_core::commit(core_, std::string(channel), number);
}

}  // namespace sluice
