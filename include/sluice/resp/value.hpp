// A complete reply, read in place.
#pragma once

#include "sluice/resp/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace sluice::resp {

/// The types of RESP3, https://redis.io/docs/reference/protocol-spec. An attribute is none of them:
/// it travels with the value behind it and reads as a `map`.
enum class kind : unsigned char {
  simple_string,    ///< `+OK`
  simple_error,     ///< `-ERR unknown command`
  integer,          ///< `:42`
  bulk_string,      ///< `$5 hello`, any bytes
  array,            ///< `*2 ...`
  null,             ///< `_`, and the older forms `$-1` and `*-1`
  boolean,          ///< `#t` or `#f`
  floating,         ///< `,3.14`, also `inf` and `nan`
  big_number,       ///< `(` and decimal digits without bound
  bulk_error,       ///< `!21 ...`, an error of any bytes
  verbatim_string,  ///< `=15 txt:...`, a string that names its format
  map,              ///< `%2 ...`
  set,              ///< `~2 ...`
  push              ///< `>2 ...`, sent by the server unasked
};

/// The name of a kind as diagnostics show it: "bulk string".
std::string_view to_string(kind k) noexcept;

/// A read-only view of one complete, checked reply or of a part of it.
///
/// Nothing is copied or decoded ahead of time: a value is five words that point into the received
/// bytes, and an aggregate finds its children as they are walked. Attributes are stepped over
/// everywhere and can be read with `attribute()`. A default constructed value is null.
///
/// Lifetime: the value and every text taken from it are views; they hold as long as the bytes do.
/// Thread rule: a plain value over bytes that nobody changes; copies may be read from any thread.
/// Nothing here allocates or throws.
class value {
 public:
  class iterator;
  using const_iterator = iterator;

  /// Null.
  value() noexcept = default;

  /// The value at the front of `checked`, where a whole reply begins that has passed the scanner
  /// (see `parse_complete` for bytes that have not). It says itself how far it goes: of the view
  /// only the beginning counts. Cost: reads one header.
  explicit value(std::string_view checked) noexcept
      : value(at(checked.empty() ? nullptr : checked.data())) {}

  /// What this is.
  kind type() const noexcept { return kind_; }
  /// Whether this is null in any of its forms.
  bool is_null() const noexcept { return kind_ == kind::null; }
  /// Whether this is a simple or a bulk error.
  bool is_error() const noexcept {
    return kind_ == kind::simple_error || kind_ == kind::bulk_error;
  }
  /// Whether this is a simple, bulk or verbatim string.
  bool is_string() const noexcept {
    return kind_ == kind::bulk_string || kind_ == kind::simple_string ||
           kind_ == kind::verbatim_string;
  }
  /// Whether this is an array, map, set or push.
  bool is_aggregate() const noexcept {
    return kind_ == kind::array || kind_ == kind::map || kind_ == kind::set || kind_ == kind::push;
  }

  /// The bytes of a string or an error, the digits of a number as they were sent. Of a verbatim
  /// string, the bytes behind its format. Empty for null, booleans and aggregates.
  std::string_view text() const noexcept;

  /// The three letters that name the format of a verbatim string, such as "txt"; else empty.
  std::string_view format() const noexcept;

  /// The number, of an integer and of a string that is wholly a decimal number (servers send many
  /// numbers as strings). Empty for all else, and for a number outside 64 bits.
  std::optional<std::int64_t> integer() const noexcept;

  /// The number, of a double, an integer and a string that is wholly a number, `inf` and `nan`
  /// included. Empty for all else, and for a number outside the range of `double`.
  std::optional<double> floating() const noexcept;

  /// The truth, of a boolean and of the integers 0 and 1, by which RESP2 says the same.
  std::optional<bool> boolean() const noexcept;

  /// How many direct children an aggregate has; a map counts keys and values, two a pair. Zero for
  /// all else.
  std::size_t size() const noexcept { return is_aggregate() ? length_ : 0; }

  /// The first of the direct children. Those of a map alternate key and value. Going one step
  /// costs a walk over the child that is left.
  iterator begin() const noexcept;
  /// Past the last of the direct children.
  iterator end() const noexcept;

  /// The child at `i`, null when there are not so many. Cost: walks the children before it.
  value operator[](std::size_t i) const noexcept;

  /// The value behind the first key that is a string equal to `key`, in a map or in an array of
  /// alternating keys and values (the RESP2 form of a map). Null when absent, and for all else.
  /// Cost: walks the pairs before it.
  value find(std::string_view key) const noexcept;

  /// The attribute that came before this value: map-like, null when there is none. Of several, the
  /// nearest; the one before that is `attribute().attribute()`.
  value attribute() const noexcept;

  /// The whole bytes of this value as received, without the attributes before it. Empty for a
  /// default constructed value. Cost: an aggregate is walked to its end.
  std::string_view raw() const noexcept;

  /// Where this value begins in the received bytes: the first byte of `raw()`, without the walk.
  /// Null for a default constructed value.
  const char* data() const noexcept { return head_; }

 private:
  static value at(const char* first) noexcept;
  void read_head(const char* type) noexcept;
  const char* past() const noexcept;

  // All set by read_head(); a line's or string's bytes are [body_, body_ + length_), an aggregate's
  // children begin at body_ and are length_ many.
  const char* first_ = nullptr;  // its first attribute, or head_ when there is none
  const char* head_ = nullptr;   // its type byte
  const char* body_ = nullptr;
  std::size_t length_ = 0;
  kind kind_ = kind::null;
};

/// A forward iterator over the direct children of an aggregate. Two iterators may be compared when
/// they come from the same value. Lifetime: that of the received bytes; the value that made it may
/// be gone.
class value::iterator {
 public:
  using iterator_concept = std::forward_iterator_tag;
  using iterator_category = std::input_iterator_tag;
  using value_type = value;
  using difference_type = std::ptrdiff_t;
  using pointer = const value*;
  using reference = value;

  /// Equal to the end of any value.
  iterator() noexcept = default;

  /// The child.
  value operator*() const noexcept { return current_; }
  /// A member of the child; the pointer holds until the iterator moves.
  const value* operator->() const noexcept { return &current_; }

  /// Goes to the next child.
  iterator& operator++() noexcept {
    --left_;
    current_ = left_ == 0 ? value() : value::at(current_.past());
    return *this;
  }
  /// Goes to the next child and gives the place it left.
  iterator operator++(int) noexcept {
    iterator before = *this;
    ++*this;
    return before;
  }

  /// Whether both stand on the same child.
  friend bool operator==(const iterator& a, const iterator& b) noexcept {
    return a.left_ == b.left_;
  }

 private:
  friend class value;
  iterator(const char* first, std::size_t left) noexcept
      : current_(left == 0 ? value() : value::at(first)), left_(left) {}

  value current_;
  std::size_t left_ = 0;
};

inline std::string_view value::text() const noexcept {
  switch (kind_) {
    case kind::verbatim_string:
      return {body_ + 4, length_ - 4};
    case kind::null:
    case kind::boolean:
    case kind::array:
    case kind::map:
    case kind::set:
    case kind::push:
      return {};
    default:
      return {body_, length_};
  }
}

inline std::string_view value::format() const noexcept {
  return kind_ == kind::verbatim_string ? std::string_view(body_, 3) : std::string_view();
}

inline value::iterator value::begin() const noexcept { return {body_, size()}; }

inline value::iterator value::end() const noexcept { return {}; }

/// Checks `frame` and reads it in place. It must hold exactly one reply.
/// For tests and stored replies; what a connection receives has been checked already.
///
/// @param frame the bytes; the result is a view of them.
/// @param bounds what to accept.
/// @throws std::invalid_argument if the bytes break the protocol or a bound, end early or go on
/// behind the reply; `what()` names the byte.
/// Cost: one pass over the bytes, no allocation but for an exception.
value parse_complete(std::string_view frame, const limits& bounds = limits());

}  // namespace sluice::resp
