// The verbs below `sluice box`, and where their channels are.
#pragma once

#include "cli/consent.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/mailbox/mailbox_channels.hpp>
#include <sluice/mailbox/mailbox_options.hpp>

#include <CLI/CLI.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace sluice::cli {

/// The options that say which channels are meant.
struct box_place {
  void add_to(CLI::App& verb);
  mailbox_layout layout() const;
  mailbox_channels channels(const session& here) const;

  std::string url = default_url;
  std::string form = "native";
  std::optional<std::string> prefix;
};

/// The channel that a verb is about.
void add_channel(CLI::App& verb, std::string& channel);

/// How long ago something was, by the server's clock; 0 for what is ahead of it.
boost::asio::awaitable<mailbox_message::time_point> server_time(session& here);
std::chrono::milliseconds age_of(mailbox_message::time_point time, mailbox_message::time_point now);

/// "1 message", "2 messages".
std::string messages_text(std::uint64_t count);

/// Runs what a verb does with its flags.
template <class Flags>
verb with(std::shared_ptr<Flags> flags,
          boost::asio::awaitable<int> (*act)(const Flags&, session&)) {
  return [flags = std::move(flags), act](session& here) { return act(*flags, here); };
}

void add_box_list(CLI::App& box, int& code);
void add_box_subscribers(CLI::App& box, int& code);
void add_box_read(CLI::App& box, int& code);
void add_box_write(CLI::App& box, int& code);
void add_box_prune(CLI::App& box, int& code);

}  // namespace sluice::cli
