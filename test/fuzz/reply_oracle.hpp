// What must hold for any bytes that a peer sends. Shared by the fuzz target and the unit tests.
#pragma once

#include "fuzz/reference_parser.hpp"
#include "resp/scanner.hpp"

#include <sluice/resp/value.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice::test {

// Bytes in a block of exactly their size, so that a sanitizer sees a read one byte too far, and at
// a new address each time.
class exact_copy {
 public:
  explicit exact_copy(std::string_view bytes)
      : size_(bytes.size()), block_(std::make_unique<char[]>(bytes.size())) {
    std::copy(bytes.begin(), bytes.end(), block_.get());
  }
  operator std::string_view() const { return {block_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> block_;
};

inline void must(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

// All that a scanner tells of one reply.
struct verdict {
  resp::scanner::status status;
  std::size_t size = 0;
  resp::kind type = resp::kind::null;
  resp::fault fault;

  explicit verdict(const resp::scanner& scan, resp::scanner::status answer) : status(answer) {
    if (answer == resp::scanner::status::complete) {
      size = scan.size();
      type = scan.type();
    }
    fault = scan.error();
  }
  friend bool operator==(const verdict&, const verdict&) = default;
};

inline verdict scan_whole(std::string_view bytes, const resp::limits& bounds) {
  resp::scanner scan(bounds);
  const exact_copy copy(bytes);
  const auto status = scan.scan(copy);
  must(status == scan.scan(copy), "a second look at the same bytes changed the answer");
  return verdict(scan, status);
}

// Feeds the bytes in pieces whose lengths `next_piece` draws; stops where a connection would.
template <class NextPiece>
verdict scan_in_pieces(std::string_view bytes, const resp::limits& bounds, NextPiece next_piece) {
  resp::scanner scan(bounds);
  std::size_t seen = 0;
  auto status = resp::scanner::status::incomplete;
  while (status == resp::scanner::status::incomplete && seen < bytes.size()) {
    seen = std::min(bytes.size(), seen + next_piece());
    status = scan.scan(exact_copy(bytes.substr(0, seen)));
    if (status != resp::scanner::status::incomplete) break;
    must(scan.expected() > seen || scan.expected() == bounds.max_reply, "expects no more");
    must(scan.expected() <= bounds.max_reply, "expects more than a reply may have");
  }
  return verdict(scan, status);
}

// Spells a value as reference_parser does, by all the ways of reading one, which must agree.
std::string spell(const resp::value& v);

inline std::string spell_aggregate(const resp::value& v) {
  std::string all = std::string(to_string(v.type())) + ' ' + std::to_string(v.size()) + '[';
  std::size_t walked = 0;
  const char* last = nullptr;
  for (const resp::value child : v) {
    all += spell(child);
    last = child.raw().data();
    ++walked;
  }
  must(walked == v.size(), "an aggregate has more or fewer children than it says");
  if (walked != 0) must(v[walked - 1].raw().data() == last, "indexing misses the last child");
  must(v[walked].is_null(), "indexing finds a child behind the last");
  if (v.type() == resp::kind::map && walked != 0 && v[0].is_string()) {
    must(v.find(v[0].text()).raw().data() == v[1].raw().data(), "the first key is not found");
  }
  return all + "];";
}

inline std::string spell_own(const resp::value& v) {
  const std::string_view type = to_string(v.type());
  if (v.is_aggregate()) return spell_aggregate(v);
  must(v.size() == 0 && v.begin() == v.end(), "a scalar has children");
  if (v.type() == resp::kind::boolean) return spelt(type, *v.boolean() ? "t" : "f");
  if (v.type() == resp::kind::integer) must(v.integer().has_value(), "an integer has no number");
  if (v.type() == resp::kind::verbatim_string) {
    return spelt(type, std::string(v.format()) + ':' + std::string(v.text()));
  }
  return spelt(type, v.text());
}

inline std::string spell(const resp::value& v) {
  std::string all = spell_own(v);
  for (resp::value before = v.attribute(); !before.is_null(); before = before.attribute()) {
    all.insert(0, '@' + spell_own(before));
  }
  return all;
}

// The verdict of the reference: what it spells, or the status alone.
struct reference_verdict {
  resp::scanner::status status = resp::scanner::status::complete;
  std::size_t size = 0;
  std::string spelling;

  reference_verdict(std::string_view bytes, const resp::limits& bounds) {
    reference_parser parser(bytes, bounds);
    try {
      spelling = parser.reply();
      size = parser.position();
    } catch (const reference_parser::ends_early&) {
      status = resp::scanner::status::incomplete;
    } catch (const reference_parser::refused&) {
      status = resp::scanner::status::malformed;
    }
  }
};

// One reply at the front of `bytes`: however it is cut, the same verdict, and the reference's.
inline verdict check_reply(std::string_view bytes, const resp::limits& bounds, std::uint32_t seed) {
  const verdict whole = scan_whole(bytes, bounds);
  std::minstd_rand random(seed);
  const auto any_piece = [&] { return 1 + random() % 40; };
  must(scan_in_pieces(bytes, bounds, any_piece) == whole, "random pieces change the verdict");
  if (bytes.size() <= 256) {
    const auto one_byte = [] { return std::size_t{1}; };
    must(scan_in_pieces(bytes, bounds, one_byte) == whole, "single bytes change the verdict");
  }
  const reference_verdict reference(bytes, bounds);
  must(reference.status == whole.status, "the reference parser comes to another verdict");
  must(reference.size == whole.size, "the reference parser sees another end");
  if (whole.status != resp::scanner::status::complete) return whole;

  const exact_copy frame(bytes.substr(0, whole.size));
  const resp::value view{std::string_view(frame)};
  must(view.type() == whole.type, "scanner and view name different kinds");
  must(spell(view) == reference.spelling, "the view reads another meaning");
  must(view.raw().data() + view.raw().size() == std::string_view(frame).data() + whole.size,
       "the view ends elsewhere");
  return whole;
}

// Bounds so tight that short inputs reach each of them.
inline resp::limits tight_limits() {
  resp::limits tight;
  tight.max_line = 24;
  tight.max_bulk = 64;
  tight.max_elements = 8;
  tight.max_depth = 3;
  tight.max_reply = 512;
  tight.max_push_elements = 4;
  return tight;
}

// A whole stream of replies, to its end or its first fault, under the usual and the tight bounds.
inline void check_stream(std::string_view bytes) {
  for (const resp::limits& bounds : {resp::limits(), tight_limits()}) {
    std::string_view rest = bytes;
    auto seed = static_cast<std::uint32_t>(bytes.size() + 1);
    while (!rest.empty()) {
      const verdict reply = check_reply(rest, bounds, seed++);
      if (reply.status != resp::scanner::status::complete) break;
      rest.remove_prefix(reply.size);
    }
  }
}

}  // namespace sluice::test
