// What mailboxes were told, compared with what truly happened to their channels.
#pragma once

#include "data_set.hpp"
#include "mail_manners.hpp"

#include "mailbox/box_keys.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace sluice::simulation {

/// A mailbox object: the same id has several of them, one after the other.
struct mail_reader {
  std::string id;
  std::uint64_t incarnation = 0;
};

/// A message is known by its number in the channel; its text is like no other's.
class mail_books {
 public:
  using complaint = std::function<void(const std::string&)>;

  explicit mail_books(complaint violate) : violate_(std::move(violate)) {}

  void keep_rules_of(const mail_manners& manners);

  // Writers.

  /// The library said that the message was stored.
  void written(const std::string& text, const std::string& channel, std::uint64_t number);
  /// The library said that the message was certainly not stored.
  void not_written(const std::string& text, std::string_view why);

  // Readers.

  void opened(const mail_reader& whom) { doubt(whom.id); }
  /// Whether it has subscribed to something.
  bool knows(const std::string& id) const;
  void given(const mail_reader& whom, const std::string& channel, std::uint64_t number,
             const std::string& text);
  /// All that it was given may be committed from now on.
  void done_with(const mail_reader& whom);
  /// A read failed: what was committed for it by the server may never be given.
  void read_failed(const mail_reader& whom) { doubt(whom.id); }

  // What truly happens. Other keys than those of channels are passed over.

  /// Whether the key belongs to a mailbox.
  bool owns(std::string_view key) const;
  void on_append(const std::string& key, entry_id id, const stored_stream::field_list& fields);
  void on_delete(const std::string& key, entry_id id);
  void on_scored(const std::string& key, const std::string& member, double score);
  void on_unscored(const std::string& key, double score);
  /// From here on nothing is promised.
  void on_flush();

  // The end.

  /// A message that is stored and was never given to one of its readers.
  std::optional<std::string> unread() const;
  /// A message that is stored and not committed by one of its readers.
  std::optional<std::string> uncommitted() const;
  /// A channel that holds more than what is kept behind its readers.
  std::optional<std::string> overfull() const;
  std::size_t messages() const noexcept { return places_.size(); }

 private:
  struct letter {
    std::string text;
    bool stored = true;
  };
  struct subscription {
    std::uint64_t began = 0;     // before its first message
    std::uint64_t position = 0;  // by the server
    bool doubtful = true;        // whether it was given all up to its position
    std::set<std::uint64_t> given;
    std::set<std::uint64_t> done;                     // which may be committed
    std::map<std::uint64_t, std::uint64_t> given_to;  // the last, by incarnation
  };
  struct channel {
    std::map<std::uint64_t, letter> letters;
    std::map<std::string, subscription> readers;
  };

  void store(const std::string& name, std::uint64_t number, const std::string& data);
  void remove(const std::string& name, std::uint64_t number);
  void move(const std::string& name, const std::string& who, std::uint64_t position);
  void judge_move(const channel& in, const subscription& of, std::uint64_t to,
                  const std::string& where);
  void judge_order(const channel& in, const subscription& of, const mail_reader& whom,
                   std::uint64_t number, const std::string& where);
  void doubt(const std::string& id);
  void violate(const std::string& what);
  bool is_bounded() const noexcept { return manners_.max_length > 0; }

  complaint violate_;
  mail_manners manners_;
  box_keys keys_{""};
  std::map<std::string, channel> channels_;
  std::map<std::string, std::pair<std::string, std::uint64_t>> places_;  // by text
  std::set<std::string> denied_;
  bool all_lost_ = false;
};

}  // namespace sluice::simulation
