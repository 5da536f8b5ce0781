#include "stream/add_command.hpp"

#include "resp/writer.hpp"

#include "sluice/core/error.hpp"

#include <array>
#include <span>

namespace sluice {
namespace {

void check(std::string_view stream, const fields& what, const add_options& how) {
  const auto refuse = [&](const char* why) {
    throw error(errc::invalid_argument,
                diagnostics(why).command("XADD").stream(std::string(stream)));
  };
  if (stream.empty()) refuse("the name of the stream is empty");
  if (what.empty()) refuse("an entry needs at least one field");
  if (how.id() && *how.id() == entry_id()) refuse("the id 0-0 cannot be added");
}

}  // namespace

std::string add_command::encode(std::string_view stream, const fields& what,
                                const add_options& how) {
  check(stream, what, how);
  std::array<std::string_view, 10> words;
  std::size_t count = 0;
  const auto word = [&](std::string_view text) { words[count++] = text; };

  std::string threshold, limit, id;
  word("XADD");
  word(stream);
  if (how.only_existing()) word("NOMKSTREAM");
  if (const auto& cut = how.cut()) {
    if (cut->exact_ && cut->limit_ != 0) {
      throw error(errc::invalid_argument,
                  "a cut has a limit only while it is approximate: leave out one of both");
    }
    const bool by_length = cut->kind_ == trim::kind::length;
    threshold = by_length ? std::to_string(cut->length_) : cut->id_.to_string();
    word(by_length ? "MAXLEN" : "MINID");
    word(cut->exact_ ? "=" : "~");
    word(threshold);
    if (cut->limit_ != 0) {
      limit = std::to_string(cut->limit_);
      word("LIMIT");
      word(limit);
    }
  }
  if (how.id()) id = how.id()->to_string();
  word(how.id() ? std::string_view(id) : std::string_view("*"));

  const std::span<const std::string_view> used(words.data(), count);
  const auto arguments = count + 2 * what.size();
  auto size = resp::header_size(arguments);
  for (const auto each : used) size += resp::argument_size(each.size());
  if (size + what.encoded().size() > resp::max_frame || arguments > resp::max_arguments) {
    throw error(errc::invalid_argument, "the entry is too large for one command");
  }
  std::string frame;
  frame.reserve(size + what.encoded().size());
  frame.resize(size);
  resp::encoder out(frame.data());
  out.header(arguments);
  for (const auto each : used) out.argument(each);
  return frame.append(what.encoded());
}

}  // namespace sluice
