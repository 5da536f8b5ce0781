// A second RESP3 parser, written for being plainly right and not for speed: what the scanner and
// the view of a reply must agree with.
#pragma once

#include <sluice/resp/limits.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

namespace sluice::test {

// What a reply says, with every type and length spelt out, so that equal text is equal meaning.
inline std::string spelt(std::string_view type, std::string_view text) {
  return std::string(type) + ' ' + std::to_string(text.size()) + ':' + std::string(text) + ';';
}

class reference_parser {
 public:
  struct ends_early {};
  struct refused {};

  reference_parser(std::string_view bytes, const resp::limits& bounds)
      : bytes_(bytes), bounds_(bounds) {}

  // The next reply, spelt out. Throws `ends_early` or `refused`.
  std::string reply() { return element(0, false); }

  // The bytes read so far.
  std::size_t position() const { return at_; }

 private:
  std::string element(std::size_t depth, bool in_push) {
    std::string attributes;
    while (peek() == '|') attributes += '@' + aggregate("map", 2, depth, in_push, false);
    switch (const char type = peek()) {
      case '*':
      case '$':
        return attributes + (type == '*' ? aggregate("array", 1, depth, in_push, true)
                                         : bulk("bulk string", true));
      case '%':
        return attributes + aggregate("map", 2, depth, in_push, false);
      case '~':
        return attributes + aggregate("set", 1, depth, in_push, false);
      case '>':
        if (depth != 0) throw refused();
        return attributes + aggregate("push", 1, depth, true, false);
      case '!':
        return attributes + bulk("bulk error", false);
      case '=':
        return attributes + bulk("verbatim string", false);
      default:
        return attributes + scalar(type);
    }
  }

  std::string scalar(char type) {
    if (std::string_view("+-:,(#_").find(type) == std::string_view::npos) throw refused();
    const std::string text = line(bounds_.max_line);
    switch (type) {
      case '+':
        return spelt("simple string", text);
      case '-':
        return spelt("simple error", text);
      case ':':
        errno = 0;
        std::strtoll(text.c_str(), nullptr, 10);
        return require(whole(text) && errno == 0, "integer", text);
      case ',':
        return require(real(text), "double", text);
      case '(':
        return require(whole(text), "big number", text);
      case '#':
        return require(text == "t" || text == "f", "boolean", text);
      default:
        return require(text.empty(), "null", text);
    }
  }

  static bool digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  }

  static bool whole(std::string_view text) {
    const bool sign = text.starts_with('+') || text.starts_with('-');
    return digits(text.substr(sign ? 1 : 0));
  }

  static bool real(std::string_view text) {
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (text == "inf" || text == "nan") return true;
    const std::size_t power = text.find_first_of("eE");
    if (power != text.npos && !whole(text.substr(power + 1))) return false;
    const std::string_view mantissa = text.substr(0, power);
    const std::size_t point = mantissa.find('.');
    if (point == mantissa.npos) return digits(mantissa);
    return digits(std::string(mantissa).erase(point, 1));
  }

  static std::string require(bool good, std::string_view type, const std::string& text) {
    if (!good) throw refused();
    return spelt(type, text);
  }

  std::string bulk(const std::string& type, bool may_be_nil) {
    const long long length = count(may_be_nil);
    if (length < 0) return spelt("null", "");
    const auto size = static_cast<std::size_t>(length);
    if (size > bounds_.max_bulk || at_ + size + 2 > bounds_.max_reply) throw refused();
    if (bytes_.size() < at_ + size + 2) throw ends_early();
    const std::string_view text = bytes_.substr(at_, size);
    if (type == "verbatim string" && (size < 4 || text[3] != ':')) throw refused();
    if (bytes_.substr(at_ + size, 2) != "\r\n") throw refused();
    at_ += size + 2;
    return spelt(type, text);
  }

  std::string aggregate(const std::string& type, std::size_t parts, std::size_t depth, bool in_push,
                        bool may_be_nil) {
    const long long declared = count(may_be_nil);
    if (declared < 0) return spelt("null", "");
    const auto most =
        in_push ? std::min(bounds_.max_elements, bounds_.max_push_elements) : bounds_.max_elements;
    if (static_cast<std::size_t>(declared) > most || depth >= bounds_.max_depth) throw refused();
    const std::size_t children = static_cast<std::size_t>(declared) * parts;
    std::string all = type + ' ' + std::to_string(children) + '[';
    for (std::size_t child = 0; child < children; ++child) all += element(depth + 1, in_push);
    return all + "];";
  }

  // A length of at most twenty bytes, minus one for nil.
  long long count(bool may_be_nil) {
    const std::string text = line(20);
    if (text == "-1" && may_be_nil) return -1;
    const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || text.empty() || (text.size() > 1 && text[0] == '0')) throw refused();
    if (text.size() > 18) throw refused();
    return std::atoll(text.c_str());
  }

  // The text behind the type byte; ends behind CR LF.
  std::string line(std::size_t longest) {
    const std::size_t first = ++at_;
    for (;; ++at_) {
      if (at_ - first > longest) throw refused();
      if (peek() == '\n') throw refused();
      if (peek() == '\r') break;
    }
    const std::string_view text = bytes_.substr(first, at_ - first);
    ++at_;
    if (peek() != '\n') throw refused();
    if (++at_ > bounds_.max_reply) throw refused();
    return std::string(text);
  }

  char peek() const {
    if (at_ >= bytes_.size()) throw ends_early();
    return bytes_[at_];
  }

  std::string_view bytes_;
  resp::limits bounds_;
  std::size_t at_ = 0;
};

}  // namespace sluice::test
