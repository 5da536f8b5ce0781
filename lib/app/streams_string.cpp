#include "sluice/app/streams_string.hpp"

#include "sluice/core/error.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>

namespace sluice {
namespace {

constexpr std::string_view streams_mark = "streams+";
constexpr std::array<std::string_view, 4> settings{"main", "feedback", "topics_prefix", "group"};

[[noreturn]] void refuse(std::string_view part, const std::string& what) {
  throw error(errc::invalid_url, "the streams string's " + std::string(part) + ": " + what);
}

// Of Redis and of Kafka. Which of them a URL takes is not for here to say, but anything else may be
// a piece of a password, and must not reach an error's text.
constexpr std::array<std::string_view, 12> parameters{
    "db",           "user",    "password",         "name",     "timeout",     "connect_timeout",
    "health_check", "ca_file", "certificate_file", "key_file", "server_name", "verify"};

bool is_among(std::span<const std::string_view> known, std::string_view name) {
  return std::find(known.begin(), known.end(), name) != known.end();
}

// What is not known may be a piece of a password: it is not shown.
[[noreturn]] void refuse_part(std::size_t number) {
  refuse("part " + std::to_string(number),
         "it begins with none of main=, feedback=, topics_prefix= and group=, nor with a parameter "
         "of the URL before it; '&' in a password is written as %26");
}

/// The values by their names.
std::map<std::string_view, std::string> split(std::string_view text) {
  std::map<std::string_view, std::string> found;
  std::string* last = nullptr;
  for (std::size_t number = 1, from = 0; from <= text.size(); ++number) {
    const auto end = std::min(text.find('&', from), text.size());
    const auto part = text.substr(from, end - from);
    from = end + 1;
    const auto name = part.substr(0, part.find('='));
    if (name.size() < part.size() && is_among(settings, name)) {
      const auto [place, fresh] = found.try_emplace(name, part.substr(name.size() + 1));
      if (!fresh) refuse(name, "it is given twice");
      last = &place->second;
    } else if (last != nullptr && last->find('?') != std::string::npos &&
               is_among(parameters, name)) {
      last->append("&").append(part);
    } else {
      refuse_part(number);
    }
  }
  return found;
}

connection_options read_redis(std::string_view part, std::string_view url) {
  // What stands behind an address is shown when it is wrong. A password that was cut by one of its
  // own characters would be.
  const auto scheme = url.find("://");
  const auto address = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto behind = std::min(url.find_first_of("/?#", address), url.size());
  if (url.find('@', behind) != std::string_view::npos) {
    refuse(part,
           "'@' stands behind the address; in a password '/', '?', '#' and '@' are written "
           "as %2F, %3F, %23 and %40");
  }
  try {
    return connection_options(url);
  } catch (const error& why) {
    refuse(part, why.why().message());
  }
}

bool is_redis(std::string_view url) {
  return url.starts_with("redis://") || url.starts_with("rediss://") || url.starts_with("unix://");
}

}  // namespace

streams_string::streams_string(std::string_view text) {
  auto found = split(text);
  prefix_ = found["topics_prefix"];
  group_ = found["group"];
  read_main(found["main"]);
  const std::string feedback = found["feedback"];
  if (!feedback.empty()) {
    read_feedback(feedback);
  } else if (main_ == carrier::kafka) {
    refuse("feedback", "it is missing; with Kafka a Redis server is needed for the answers");
  }
}

void streams_string::read_main(std::string_view url) {
  if (url.empty()) refuse("main", "it is missing");
  if (url.starts_with("kafka://") || url.starts_with("kafkas://")) {
    main_ = carrier::kafka;
    try {
      kafka_.emplace(url);
    } catch (const error& why) {
      refuse("main", why.why().message());
    }
    return;
  }
  if (url.starts_with(streams_mark)) {
    main_ = carrier::streams;
    url.remove_prefix(streams_mark.size());
  }
  if (!is_redis(url)) {
    refuse("main",
           "redis://, rediss:// or unix:// is needed, each with streams+ before it for "
           "Redis streams; or kafka:// or kafkas://");
  }
  redis_ = read_redis("main", url);
}

void streams_string::read_feedback(std::string_view url) {
  if (url.starts_with(streams_mark)) {
    answers_ = answers_by::reply_stream;
    url.remove_prefix(streams_mark.size());
  }
  if (!is_redis(url)) {
    refuse("feedback",
           "redis://, rediss:// or unix:// is needed, each with streams+ before it for "
           "reply streams");
  }
  feedback_ = read_redis("feedback", url);
}

}  // namespace sluice
