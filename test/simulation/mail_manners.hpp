// How the mailboxes of a run behave: the same for all of them.
#pragma once

#include "dice.hpp"

#include "sluice/mailbox/mailbox_options.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::simulation {

struct mail_manners {
  std::vector<std::string> channels;  ///< None: nobody has a mailbox.
  mailbox_layout layout = mailbox_layout::native();
  mailbox_start first = mailbox_start::earliest;  ///< Where a subscription begins.
  bool by_hand = false;
  std::uint64_t buffer = 0;
  std::uint64_t max_length = 0;  ///< 0 for any.

  static mail_manners some(dice& chance) {
    mail_manners what;
    if (chance.percent(50)) return what;
    what.channels.emplace_back("news");
    if (chance.percent(50)) what.channels.emplace_back("letters");
    if (chance.percent(50)) what.layout = mailbox_layout::rivulet();
    if (chance.percent(30)) what.first = mailbox_start::current;
    what.by_hand = chance.percent(60);
    what.buffer = chance.below(40);
    if (chance.percent(20)) what.max_length = chance.between(1, 10);
    return what;
  }

  mailbox_options options() const {
    return mailbox_options().layout(layout).commit_by_hand(by_hand).buffer(buffer).max_length(
        max_length);
  }
};

}  // namespace sluice::simulation
