#include "resp/scanner.hpp"

#include "resp/number_grammar.hpp"

#include <algorithm>
#include <limits>

namespace sluice::resp {
namespace {

constexpr std::size_t hard_max_bulk = std::size_t{512} * 1024 * 1024;
constexpr std::size_t hard_max_elements = std::numeric_limits<std::int32_t>::max();

// Twenty digits hold every 64-bit length; a longer one is refused without waiting for its end.
constexpr std::size_t longest_length = 20;

// Keeps every sum of an offset and a length far from overflow, without a check at each.
constexpr std::size_t hard_max_reply = std::numeric_limits<std::size_t>::max() / 4;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Whether CR LF stand there; one comparison after the compiler has joined the two loads.
bool is_line_end(const char* at) noexcept { return at[0] == '\r' && at[1] == '\n'; }

std::uint64_t byte_at(std::string_view data, std::size_t at) noexcept {
  return static_cast<unsigned char>(data[at]);
}

bool is_boolean(std::string_view text) noexcept { return text == "t" || text == "f"; }

bool is_nothing(std::string_view text) noexcept { return text.empty(); }

}  // namespace

// A length or a count. `next` is zero when it could not be read: then the scanner waits or has
// refused it.
struct scanner::header {
  std::uint64_t value = 0;
  std::size_t next = 0;
  bool nil = false;
};

// The text of a line is [position_ + 1, end). `next` is zero as above.
struct scanner::line {
  std::size_t end = 0;
  std::size_t next = 0;
};

scanner::scanner(const limits& bounds) noexcept : limits_(bounds) {
  limits_.max_bulk = std::min(limits_.max_bulk, hard_max_bulk);
  limits_.max_elements = std::min(limits_.max_elements, hard_max_elements);
  limits_.max_push_elements = std::min(limits_.max_push_elements, hard_max_elements);
  limits_.max_depth = std::min(limits_.max_depth, deepest);
  limits_.max_reply = std::min(limits_.max_reply, hard_max_reply);
}

void scanner::reset() noexcept {
  position_ = 0;
  expected_ = 1;
  searched_ = 0;
  depth_ = 0;
  status_ = status::incomplete;
  type_ = kind::null;
  fault_ = {};
  missing_[0] = 1;
}

std::size_t scanner::expected() const noexcept { return std::min(expected_, limits_.max_reply); }

auto scanner::scan(std::string_view data) noexcept -> status {
  if (status_ != status::incomplete || data.size() < expected_) return status_;
  while (token(data)) {
    while (missing_[depth_] == 0) {
      if (depth_ == 0) return status_ = status::complete;
      --depth_;
    }
  }
  return status_;
}

// Reads one scalar or the header of one aggregate. False when it must wait or has refused.
inline bool scanner::token(std::string_view data) noexcept {
  if (position_ == data.size()) return wait(position_ + 1);
  switch (data[position_]) {
    case '$':
      return bulk(data, kind::bulk_string);
    case ':':
      return integer(data);
    case '*':
      return aggregate(data, kind::array, 1);
    case '+':
      return text_line(data, kind::simple_string);
    case '%':
      return aggregate(data, kind::map, 2);
    default:
      return other_token(data);
  }
}

bool scanner::other_token(std::string_view data) noexcept {
  switch (data[position_]) {
    case '-':
      return text_line(data, kind::simple_error);
    case '_':
      return checked_line(data, kind::null, fault_kind::bad_null, is_nothing);
    case '#':
      return checked_line(data, kind::boolean, fault_kind::bad_boolean, is_boolean);
    case ',':
      return checked_line(data, kind::floating, fault_kind::bad_double, is_floating);
    case '(':
      return checked_line(data, kind::big_number, fault_kind::bad_big_number, is_big_number);
    case '!':
      return bulk(data, kind::bulk_error);
    case '=':
      return bulk(data, kind::verbatim_string);
    case '~':
      return aggregate(data, kind::set, 1);
    case '>':
      if (depth_ != 0) return refuse(fault_kind::misplaced_push, position_);
      return aggregate(data, kind::push, 1);
    case '|':
      return attribute(data);
    case ';':
    case '.':
      return refuse(fault_kind::streamed_type, position_);
    default:
      return refuse(fault_kind::unknown_type, position_, byte_at(data, position_));
  }
}

inline bool scanner::bulk(std::string_view data, kind is) noexcept {
  const header length = read_header(data);
  if (length.next == 0) return false;
  if (length.nil) return finish(kind::null, length.next);
  if (length.value > limits_.max_bulk) {
    return refuse(fault_kind::bulk_too_long, position_, length.value, limits_.max_bulk);
  }
  const std::size_t end = length.next + static_cast<std::size_t>(length.value);
  if (end + 2 > limits_.max_reply) {
    return refuse(fault_kind::reply_too_long, position_, end + 2, limits_.max_reply);
  }
  if (data.size() < end + 2) return wait(end + 2);
  if (is == kind::verbatim_string && (length.value < 4 || data[length.next + 3] != ':')) {
    return refuse(fault_kind::bad_verbatim, position_);
  }
  return terminated(data, end) && finish(is, end + 2);
}

inline bool scanner::aggregate(std::string_view data, kind is, std::uint32_t parts) noexcept {
  const header count = read_header(data);
  if (count.next == 0) return false;
  if (count.nil) return finish(kind::null, count.next);
  // The kind of the whole reply is needed first: a push has a bound of its own.
  if (depth_ == 0) type_ = is;
  if (!count_fits(count.value) || !finish(is, count.next)) return false;
  return open(count.value * parts);
}

// Not one of the children of what it stands in: the value behind it is.
bool scanner::attribute(std::string_view data) noexcept {
  const header count = read_header(data);
  if (count.next == 0 || !count_fits(count.value)) return false;
  ++missing_[depth_];
  return finish(type_, count.next) && open(count.value * 2);
}

inline bool scanner::integer(std::string_view data) noexcept {
  // Eighteen digits cannot overflow; all else takes the careful way.
  const std::size_t sign = position_ + 1;
  const std::size_t first = sign < data.size() && data[sign] == '-' ? sign + 1 : sign;
  const std::size_t stop = std::min(data.size(), first + 18);
  std::size_t at = first;
  while (at < stop && is_digit(data[at])) ++at;
  if (at != first && at + 1 < data.size() && is_line_end(data.data() + at) &&
      at - sign <= limits_.max_line) {
    return finish(kind::integer, at + 2);
  }
  return checked_line(data, kind::integer, fault_kind::bad_number, is_integer);
}

inline bool scanner::text_line(std::string_view data, kind is) noexcept {
  const line found = read_line(data, limits_.max_line, fault_kind::line_too_long);
  return found.next != 0 && finish(is, found.next);
}

bool scanner::checked_line(std::string_view data, kind is, fault_kind otherwise,
                           bool (*valid)(std::string_view)) noexcept {
  const line found = read_line(data, limits_.max_line, fault_kind::line_too_long);
  if (found.next == 0) return false;
  const std::string_view text = data.substr(position_ + 1, found.end - position_ - 1);
  return valid(text) ? finish(is, found.next) : refuse(otherwise, position_);
}

inline auto scanner::read_header(std::string_view data) noexcept -> header {
  // The plain case: one to nine digits without a leading zero, and so many bytes behind the type
  // byte that none of them can lie past the end.
  constexpr std::size_t most_digits = 9;
  if (data.size() - position_ >= 1 + most_digits + 2) {
    const char* const first = data.data() + position_ + 1;
    const char* at = first;
    std::uint32_t value = 0;
    while (is_digit(*at) && at != first + most_digits) {
      value = value * 10 + static_cast<std::uint32_t>(*at++ - '0');
    }
    const bool plain = at != first && (*first != '0' || at == first + 1);
    if (plain && is_line_end(at)) {
      return {value, static_cast<std::size_t>(at + 2 - data.data()), false};
    }
  }
  return read_odd_header(data);
}

// A header that is near the end of the bytes, is nil, is very large or is wrong.
auto scanner::read_odd_header(std::string_view data) noexcept -> header {
  const line found = read_line(data, longest_length, fault_kind::bad_length);
  if (found.next == 0) return {};
  const char type = data[position_];
  const std::string_view text = data.substr(position_ + 1, found.end - position_ - 1);
  if (text == "-1" && (type == '$' || type == '*')) return {0, found.next, true};
  if (text == "?") {
    refuse(fault_kind::streamed_type, position_);
    return {};
  }
  const auto length = parse_length(text);
  if (!length) {
    refuse(fault_kind::bad_length, position_);
    return {};
  }
  return {*length, found.next, false};
}

auto scanner::read_line(std::string_view data, std::size_t longest, fault_kind too_long) noexcept
    -> line {
  const std::size_t first = position_ + 1;
  const std::size_t room = data.size() - first;
  const std::size_t stop = room > longest ? first + longest + 1 : data.size();
  std::size_t at = std::max(first, searched_);
  // One comparison sorts out both line end bytes and leaves all printable text and UTF-8.
  while (at < stop && (byte_at(data, at) > '\r' || (data[at] != '\r' && data[at] != '\n'))) ++at;
  if (at == stop) {
    if (room > longest) {
      const bool limit = too_long == fault_kind::line_too_long;
      refuse(too_long, position_, limit ? longest + 1 : 0, limit ? longest : 0);
    } else {
      searched_ = at;
      wait(data.size() + 1);
    }
    return {};
  }
  if (data[at] == '\n') {
    refuse(fault_kind::bad_terminator, at, '\n');
    return {};
  }
  searched_ = at;
  if (at + 1 == data.size()) {
    wait(data.size() + 1);
    return {};
  }
  return terminated(data, at) ? line{at, at + 2} : line{};
}

// Whether CR LF stand at `at`; both bytes are there.
inline bool scanner::terminated(std::string_view data, std::size_t at) noexcept {
  if (is_line_end(data.data() + at)) return true;
  const std::size_t wrong = data[at] == '\r' ? at + 1 : at;
  return refuse(fault_kind::bad_terminator, wrong, byte_at(data, wrong));
}

// The token at position_ is good and ends before `end`.
inline bool scanner::finish(kind is, std::size_t end) noexcept {
  if (end > limits_.max_reply) {
    return refuse(fault_kind::reply_too_long, position_, end, limits_.max_reply);
  }
  if (depth_ == 0) type_ = is;
  --missing_[depth_];
  position_ = end;
  searched_ = end;
  return true;
}

// Goes one level down, for the children to come.
inline bool scanner::open(std::uint64_t children) noexcept {
  missing_[++depth_] = static_cast<std::uint32_t>(children);
  return true;
}

// Whether an aggregate of `count` elements may open here. An empty one must fit as well: what may
// stand at a depth does not depend on what is in it.
inline bool scanner::count_fits(std::uint64_t count) noexcept {
  const bool in_push = type_ == kind::push;
  const std::size_t most =
      in_push ? std::min(limits_.max_push_elements, limits_.max_elements) : limits_.max_elements;
  if (count > most) return refuse(fault_kind::too_many_elements, position_, count, most);
  if (depth_ == limits_.max_depth) {
    return refuse(fault_kind::too_deep, position_, depth_ + 1, limits_.max_depth);
  }
  return true;
}

bool scanner::wait(std::size_t total) noexcept {
  expected_ = total;
  return false;
}

bool scanner::refuse(fault_kind why, std::size_t offset, std::uint64_t value,
                     std::uint64_t limit) noexcept {
  fault_ = {why, offset, value, limit};
  status_ = status::malformed;
  return false;
}

}  // namespace sluice::resp
