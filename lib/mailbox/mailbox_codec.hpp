// Messages as the scripts take and give them.
#pragma once

#include "sluice/mailbox/mailbox_channels.hpp"
#include "sluice/mailbox/mailbox_message.hpp"
#include "sluice/resp/value.hpp"

#include <string_view>
#include <vector>

namespace sluice {

struct mailbox_codec {
  /// What `after` in the scripts gives.
  static std::vector<mailbox_message> messages(const resp::value& from, mailbox_layout::form form);
  /// What the script `subscribers` gives of one.
  static mailbox_subscriber subscriber(const resp::value& from);

 private:
  static mailbox_message from_text(std::uint64_t id, std::string_view text);
  static mailbox_message from_entry(const resp::value& entry);
};

}  // namespace sluice
