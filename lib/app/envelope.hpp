// What travels to listeners, whatever carries it.
#pragma once

#include "sluice/stream/entry.hpp"
#include "sluice/stream/fields.hpp"

#include <boost/json/value.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// A message with its address. Whoever sends it names at most one place for answers.
struct envelope {
  boost::json::value value;
  /// The conversation that it opens: a UUID, or whatever a foreign sender calls it.
  std::string id;
  /// Who sent it.
  std::string source_group;
  /// The stream on which its sender hears all of its answers.
  std::string reply_stream;
  /// A list of answers to this message alone, as streamback's processes write and read it.
  std::string feedback_list;
  /// When nobody waits for an answer any more, by the server's clock.
  std::optional<std::chrono::milliseconds> deadline;
  /// Where it belongs in a trace (W3C Trace Context), as it came.
  std::string traceparent;
  /// What keeps its order where a topic has partitions. Travels beside the rest.
  std::string key;
};

/// As an entry of a stream. Throws `error` with `errc::invalid_argument` for a value that is no
/// JSON.
fields encode_envelope(const envelope& what);
/// The names and values of these fields, in turn. Throws as well.
std::vector<std::string> envelope_words(const envelope& what);
/// Throws `error` with `errc::malformed_message`. Further fields are passed over.
envelope decode_envelope(const entry& what);
/// From the names and values of fields, among which the key may be. Throws as well.
envelope decode_envelope(const std::vector<std::string>& words);

}  // namespace sluice
