// The script that adds entries at most once.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Looks whether the record of this addition is there, and answers with the ids in it; otherwise
/// adds and records, all in one step of the server. A constant text.
///
/// Keys: the stream, the record. Arguments, in order:
/// - the field of the record, when that is the hash of a producer; empty when it is a string of one
///   addition alone
/// - how long the record lasts, in milliseconds
/// - the first field to forget; empty for none. Not empty also makes the hash last anew
/// - how many fields to forget
/// - how many entries there are. For one: the words of `XADD` behind the stream. For several: how
///   many words stand before their fields, those words, and for each entry how many words follow,
///   and its fields
///
/// The answer: the ids, with a space between; nil when there is no stream and none is to be made.
struct once_script {
  /// `unpack` of the server's Lua takes some 8,000 words.
  static constexpr std::size_t most_fields = 3'900;

  static const std::string& digest();
  /// A command that makes the server know the script, and does nothing else: `EVAL` without keys.
  /// `SCRIPT LOAD` would want another right.
  static const std::string& loading_frame();
};

}  // namespace sluice
