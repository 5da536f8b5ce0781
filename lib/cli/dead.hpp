// The parts of `sluice dead`.
#pragma once

#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/core/entry_id.hpp>
#include <sluice/group/dead_letters.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace sluice::cli {

/// Whose dead letters, and where they are.
struct dead_place {
  std::string url = default_url;
  std::string stream;
  std::string name;  // of the stream of dead letters, where it is not the default

  dead_letters letters(const session& here) const;
  /// Several streams may have theirs in one place.
  bool has(const dead_letter& which) const { return which.stream() == stream; }
};

/// One of them; empty when there is none of that id, or not any more.
boost::asio::awaitable<std::optional<dead_letter>> find_dead(const dead_place& where,
                                                             const dead_letters& letters,
                                                             entry_id id);

/// Says so on stderr.
void complain_about_missing(const dead_place& where, const dead_letters& letters, entry_id id);

void add_dead_place(CLI::App& verb, dead_place& where);

/// A check of an option, and what it lets through.
std::string check_id(const std::string& text);
entry_id id_in(const std::string& text);

void add_dead_list(CLI::App& dead, int& code);
void add_dead_show(CLI::App& dead, int& code);
void add_dead_redrive(CLI::App& dead, int& code);
void add_dead_drop(CLI::App& dead, int& code);

}  // namespace sluice::cli
