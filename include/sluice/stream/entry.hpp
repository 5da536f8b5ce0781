// An entry as it was received: views into the batch it came with.
#pragma once

#include "sluice/core/buffer_ref.hpp"
#include "sluice/core/entry_id.hpp"
#include "sluice/resp/value.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// The stream that entries come from; shared by them.
///
/// Thread rule: immutable.
struct stream_origin {
  /// The origin of the stream of this name.
  explicit stream_origin(std::string stream_name) : name(std::move(stream_name)) {}
  stream_origin(const stream_origin&) = delete;
  stream_origin& operator=(const stream_origin&) = delete;
  virtual ~stream_origin() = default;

  const std::string name;
};

/// One entry of a stream. It shares the bytes of the batch it came with (some 64 KiB): to keep an
/// entry for long, copy out what you need.
///
/// Thread rule: a value; copies may go to other threads.
class entry {
 public:
  /// A name and its value.
  using field_view = std::pair<std::string_view, std::string_view>;
  class field_iterator;
  class field_range;

  /// An entry of nothing; only to be assigned to.
  entry() = default;
  /// Made by consumers.
  entry(std::shared_ptr<const stream_origin> origin, buffer_ref bytes, std::string_view id,
        const char* values) noexcept
      : origin_(std::move(origin)), bytes_(std::move(bytes)), id_(id), values_(values) {}

  /// The name of the stream.
  const std::string& stream() const noexcept { return origin_->name; }
  /// The id in numbers.
  entry_id id() const noexcept { return entry_id::parse(id_).value_or(entry_id()); }
  /// The id as the server wrote it.
  std::string_view id_text() const noexcept { return id_; }

  /// The value of the first field of that name, or `otherwise` where there is none. The view lives
  /// as long as this entry or a copy of it.
  std::string_view field(std::string_view name, std::string_view otherwise = {}) const noexcept;
  /// The value of the first field of that name; empty where there is none.
  std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// All fields in order: `for (auto [name, value] : entry.fields())`.
  field_range fields() const noexcept;
  /// How many fields there are.
  std::size_t size() const noexcept { return values().size() / 2; }

 protected:
  const std::shared_ptr<const stream_origin>& origin() const noexcept { return origin_; }

 private:
  resp::value values() const noexcept {
    return values_ == nullptr ? resp::value() : resp::value(std::string_view(values_, 1));
  }

  std::shared_ptr<const stream_origin> origin_;
  buffer_ref bytes_;
  std::string_view id_;
  const char* values_ = nullptr;
};

/// Walks the fields of an entry.
///
/// Thread rule: a value; the entry must live.
class entry::field_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = field_view;
  using difference_type = std::ptrdiff_t;
  using pointer = const field_view*;
  using reference = field_view;

  field_iterator() = default;
  /// At a field's name among the values.
  explicit field_iterator(resp::value::iterator at) noexcept : at_(at) {}

  field_view operator*() const noexcept {
    auto value = at_;
    const auto name = (*value).text();
    ++value;
    return {name, (*value).text()};
  }
  field_iterator& operator++() noexcept {
    ++at_;
    ++at_;
    return *this;
  }
  field_iterator operator++(int) noexcept {
    auto before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const field_iterator&, const field_iterator&) = default;

 private:
  resp::value::iterator at_;
};

/// The fields of an entry, for a `for` loop.
///
/// Thread rule: a value; the entry must live.
class entry::field_range {
 public:
  /// Over alternating names and values.
  explicit field_range(resp::value values) noexcept : values_(values) {}
  field_iterator begin() const noexcept { return field_iterator(values_.begin()); }
  field_iterator end() const noexcept { return field_iterator(values_.end()); }
  /// How many there are.
  std::size_t size() const noexcept { return values_.size() / 2; }

 private:
  resp::value values_;
};

inline entry::field_range entry::fields() const noexcept { return field_range(values()); }

}  // namespace sluice
