#include "stream/add_command.hpp"

#include "resp/writer.hpp"
#include "stream/once_script.hpp"

#include "sluice/core/error.hpp"

#include <array>
#include <vector>

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

std::size_t encoded_size(std::span<const std::string_view> arguments) {
  std::size_t size = 0;
  for (const auto each : arguments) size += resp::argument_size(each.size());
  return size;
}

// The frame up to its fields, with room for these. `more` counts arguments and bytes that follow.
std::string begin_frame(std::span<const std::string_view> first, std::size_t more_arguments,
                        std::size_t more_bytes) {
  const auto arguments = first.size() + more_arguments;
  const auto size = resp::header_size(arguments) + encoded_size(first);
  if (size + more_bytes > resp::max_frame || arguments > resp::max_arguments) {
    throw error(errc::invalid_argument, "the entry is too large for one command");
  }
  std::string frame;
  frame.reserve(size + more_bytes);
  frame.resize(size);
  resp::encoder out(frame.data());
  out.header(arguments);
  for (const auto each : first) out.argument(each);
  return frame;
}

}  // namespace

/// What stands in an XADD between the name of the stream and the fields: options and id.
class add_command::words {
 public:
  explicit words(const add_options& how) {
    if (how.only_existing()) word("NOMKSTREAM");
    if (how.cut()) say(*how.cut());
    if (how.id()) id_ = how.id()->to_string();
    word(how.id() ? std::string_view(id_) : std::string_view("*"));
  }
  words(const words&) = delete;
  words& operator=(const words&) = delete;

  std::span<const std::string_view> all() const noexcept { return {words_.data(), count_}; }

 private:
  void word(std::string_view text) noexcept { words_[count_++] = text; }
  void say(const trim& cut) {
    if (cut.exact_ && cut.limit_ != 0) {
      throw error(errc::invalid_argument,
                  "a cut has a limit only while it is approximate: leave out one of both");
    }
    const bool by_length = cut.kind_ == trim::kind::length;
    threshold_ = by_length ? std::to_string(cut.length_) : cut.id_.to_string();
    word(by_length ? "MAXLEN" : "MINID");
    word(cut.exact_ ? "=" : "~");
    word(threshold_);
    if (cut.limit_ == 0) return;
    limit_ = std::to_string(cut.limit_);
    word("LIMIT");
    word(limit_);
  }

  std::array<std::string_view, 8> words_;
  std::size_t count_ = 0;
  std::string threshold_, limit_, id_;
};

std::string add_command::encode(std::string_view stream, const fields& what,
                                const add_options& how) {
  check(stream, what, how);
  const words options(how);
  std::array<std::string_view, 10> first{"XADD", stream};
  const auto end = std::copy(options.all().begin(), options.all().end(), first.begin() + 2);
  const std::span<const std::string_view> used(first.begin(), end);
  auto frame = begin_frame(used, 2 * what.size(), what.encoded().size());
  return frame.append(what.encoded());
}

std::string add_command::encode_once(std::string_view stream, std::span<const fields> what,
                                     const add_options& how, const once_mark& mark) {
  std::size_t arguments = 0;
  std::size_t bytes = 0;
  for (const auto& each : what) {
    check(stream, each, how);
    if (each.size() > once_script::most_fields) {
      throw error(errc::invalid_argument,
                  "a named producer adds entries of at most 3,900 fields each");
    }
    arguments += 2 * each.size();
    bytes += each.encoded().size();
  }
  const words options(how);
  const resp::number memory(mark.memory.count()), forget(mark.forget_count), count(what.size()),
      head_size(options.all().size());
  std::vector<std::string_view> first{
      "EVALSHA", once_script::digest(), "2",    stream, mark.record, mark.field,
      memory,    mark.forget_from,      forget, count};
  const bool several = what.size() > 1;
  if (several) first.push_back(head_size);
  first.insert(first.end(), options.all().begin(), options.all().end());
  if (!several) return begin_frame(first, arguments, bytes).append(what.front().encoded());

  // Each entry's count is at most "7800": ten bytes.
  auto frame = begin_frame(first, arguments + what.size(), bytes + 10 * what.size());
  for (const auto& each : what) {
    const resp::number length(2 * each.size());
    const auto used = frame.size();
    frame.resize(used + resp::argument_size(length.text().size()));
    resp::encoder(frame.data() + used).argument(length);
    frame.append(each.encoded());
  }
  return frame;
}

}  // namespace sluice
