// Finds where a reply ends, and checks every byte of its structure on the way.
#pragma once

#include "resp/fault.hpp"

#include <sluice/resp/limits.hpp>
#include <sluice/resp/value.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::resp {

// Frames one top-level reply of a byte stream, however the bytes are cut. It holds offsets and a
// fixed stack of counters: it allocates nothing, recurses nowhere, and does not care if the bytes
// have moved between two calls. What it returns depends on the bytes seen so far and not on how
// they were cut. A frame it calls complete may be read by `value` without further checks.
class scanner {
 public:
  enum class status : unsigned char { incomplete, complete, malformed };

  explicit scanner(const limits& bounds = limits()) noexcept;

  // Looks at `data`, all bytes received so far of the current reply: it begins with the reply's
  // first byte and may extend past its end. Work that earlier calls did is not repeated. After
  // `complete` or `malformed` the answer stays until reset().
  status scan(std::string_view data) noexcept;

  // Complete: the bytes of this reply.
  std::size_t size() const noexcept { return position_; }
  // Complete: what the reply is, behind its attributes.
  kind type() const noexcept { return type_; }
  // Incomplete: this reply cannot end before so many bytes. A hint for the next read, never above
  // limits.max_reply; the peer chose it, so nothing should be reserved for it that it did not pay
  // for with bytes.
  std::size_t expected() const noexcept;
  // Malformed: what and where.
  fault error() const noexcept { return fault_; }

  // Ready for the next reply, with the same limits.
  void reset() noexcept;

 private:
  static constexpr std::size_t deepest = 32;

  struct header;
  struct line;

  bool token(std::string_view data) noexcept;
  bool other_token(std::string_view data) noexcept;
  bool bulk(std::string_view data, kind is) noexcept;
  bool aggregate(std::string_view data, kind is, std::uint32_t parts) noexcept;
  bool attribute(std::string_view data) noexcept;
  bool integer(std::string_view data) noexcept;
  bool text_line(std::string_view data, kind is) noexcept;
  bool checked_line(std::string_view data, kind is, fault_kind otherwise,
                    bool (*valid)(std::string_view)) noexcept;

  header read_header(std::string_view data) noexcept;
  header read_odd_header(std::string_view data) noexcept;
  line read_line(std::string_view data, std::size_t longest, fault_kind too_long) noexcept;
  bool terminated(std::string_view data, std::size_t at) noexcept;

  bool finish(kind is, std::size_t end) noexcept;
  bool open(std::uint64_t children) noexcept;
  bool count_fits(std::uint64_t count) noexcept;
  bool wait(std::size_t total) noexcept;
  bool refuse(fault_kind why, std::size_t offset, std::uint64_t value = 0,
              std::uint64_t limit = 0) noexcept;

  limits limits_;

  std::size_t position_ = 0;  // where the next token begins
  std::size_t expected_ = 1;  // no answer can change before so many bytes
  std::size_t searched_ = 0;  // no line end before here, in the line that begins at position_
  std::size_t depth_ = 0;
  status status_ = status::incomplete;
  kind type_ = kind::null;
  fault fault_;
  // How many children are still to come, of the reply itself and of each open aggregate.
  std::array<std::uint32_t, deepest + 1> missing_{1};
};

}  // namespace sluice::resp
