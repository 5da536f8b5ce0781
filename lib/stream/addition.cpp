#include "stream/addition.hpp"

#include "stream/add_command.hpp"
#include "stream/once_script.hpp"

#include "sluice/core/error.hpp"

#include <utility>

namespace sluice {
namespace {

// A call of the script holds up everybody else of the server: about 1 ms.
constexpr std::size_t most_entries_a_call = 1'000;
constexpr std::size_t most_bytes_a_call = std::size_t{1} << 20U;

// How many of the entries go into one call of the script; at least one.
std::size_t share_of(std::span<const fields> what) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (const auto& each : what) {
    bytes += each.encoded().size();
    if (count == most_entries_a_call || (count > 0 && bytes > most_bytes_a_call)) break;
    ++count;
  }
  return count;
}

}  // namespace

void addition::add(std::string command, std::string_view durable) {
  // The only command is the usual case, and need not be copied.
  if (frames_.empty()) {
    frames_ = std::move(command);
  } else {
    frames_ += command;
  }
  frames_ += durable;
  ++commands_;
}

addition addition::plain(std::string_view stream, std::span<const fields> what,
                         const add_options& how, std::string_view durable) {
  addition made(durable, risk::once);
  for (const auto& each : what) made.add(add_command::encode(stream, each, how), durable);
  return made;
}

addition addition::once(std::string_view stream, std::span<const fields> what,
                        const add_options& how, std::string_view durable,
                        producer_identity& producer, clock::time_point now) {
  addition made(durable, risk::repeatable);
  if (!how.once().empty()) {
    if (share_of(what) < what.size()) {
      throw error(errc::invalid_argument,
                  "a key of one's own covers at most 1,000 entries and 1 MiB at a time");
    }
    const auto mark = producer.mark(stream, how.once());
    made.add(add_command::encode_once(stream, what, how, mark), durable);
    return made;
  }
  while (!what.empty()) {
    const auto share = what.first(share_of(what));
    const auto mark = producer.mark(stream, now, made.under_way_.emplace_back());
    made.add(add_command::encode_once(stream, share, how, mark), durable);
    what = what.subspan(share.size());
  }
  return made;
}

std::string addition::frames_with_script() const { return once_script::loading_frame() + frames_; }

}  // namespace sluice
