// The one line that says where an app's messages and answers travel.
#pragma once

#include "sluice/app/carrier.hpp"
#include "sluice/app/kafka_address.hpp"
#include "sluice/redis/options.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// `main=<url>&feedback=<url>&topics_prefix=<text>&group=<name>`, in any order, as streamback
/// writes it, and with full URLs.
///
/// `main` is needed. What its URL begins with says what carries messages:
/// - `redis://`, `rediss://`, `unix://`: Redis lists, as they do for streamback's processes;
/// - `streams+redis://`, `streams+rediss://`, `streams+unix://`: Redis streams, Sluice's own way;
/// - `kafka://`, `kafkas://`: Kafka, after `kafka::enable()`; see `kafka_address`.
///
/// `feedback` is where answers travel: a Redis URL. By default the server of `main`; with Kafka it
/// is needed. They go by lists where lists or Kafka carry messages, and by reply streams where
/// streams do; `app_options::answers` chooses otherwise, and `feedback=streams+redis://…` means
/// reply streams in any case.
///
/// `topics_prefix` and `group` are as in `app_options`, and come before those.
///
/// As for streamback, `&` ends a value and nothing is unescaped here; an empty value counts as not
/// given. What differs:
/// - A value goes on to the next `&`, whatever `=` it holds; streamback's ends at the first.
/// - A part that begins with a parameter of URLs belongs to the URL before it, if that has a `?`:
///   `main=redis://host/?db=2&timeout=5s&group=web`. What begins with anything else is refused;
///   streamback passes it over.
/// - In Redis URLs `%XX` stands for a character, as in `connection_options`; write `&` and `@` of a
///   password so. The port may be left out.
///
/// Thread rule: a value.
class streams_string {
 public:
  /// Reads it.
  ///
  /// Throws `error` with `errc::invalid_url`; the text names the part, and never shows a password.
  explicit streams_string(std::string_view text);

  /// What carries messages.
  carrier main() const noexcept { return main_; }
  /// The server of lists or streams; empty for Kafka.
  const std::optional<connection_options>& redis() const noexcept { return redis_; }
  /// The brokers; empty for anything else.
  const std::optional<kafka_address>& kafka() const noexcept { return kafka_; }
  /// The server of answers, where it was given.
  const std::optional<connection_options>& feedback() const noexcept { return feedback_; }
  /// How answers come back, where that was said.
  const std::optional<answers_by>& answers() const noexcept { return answers_; }
  /// What stands before all topics; empty for nothing.
  const std::string& topics_prefix() const noexcept { return prefix_; }
  /// The group that was given; may be empty.
  const std::string& group() const noexcept { return group_; }

 private:
  void read_main(std::string_view url);
  void read_feedback(std::string_view url);

  carrier main_ = carrier::lists;
  std::optional<connection_options> redis_, feedback_;
  std::optional<kafka_address> kafka_;
  std::optional<answers_by> answers_;
  std::string prefix_, group_;
};

}  // namespace sluice
