#include "sluice/app/kafka_address.hpp"

#include "sluice/core/error.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/pct_string_view.hpp>

#include <charconv>
#include <cstdint>
#include <utility>

namespace sluice {
namespace {

[[noreturn]] void refuse(const std::string& part, const std::string& what) {
  throw error(errc::invalid_url, "the Kafka URL's " + part + ": " + what);
}

std::string unescaped(std::string_view text, const std::string& part) {
  const auto checked = boost::urls::make_pct_string_view(text);
  if (!checked) refuse(part, "'%' is followed by two hexadecimal digits");
  return checked->decode();
}

bool is_port(std::string_view text) {
  std::uint16_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, wrong] = std::from_chars(text.data(), end, number);
  return wrong == std::errc() && stopped == end && number > 0;
}

bool is_broker(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto host = text.substr(0, colon);
  const bool bracketed = host.front() == '[' && host.back() == ']';
  if (!bracketed && host.find_first_of(":/@[] ") != std::string_view::npos) return false;
  return is_port(text.substr(colon + 1));
}

/// Takes off what stands before the first `separator`; all, where there is none.
std::string_view take_until(char separator, std::string_view& rest) {
  const auto at = rest.find(separator);
  const auto taken = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return taken;
}

}  // namespace

kafka_address::kafka_address(std::string_view url) {
  constexpr std::string_view plain = "kafka://";
  constexpr std::string_view secure = "kafkas://";
  if (url.starts_with(secure)) tls_.emplace();
  if (!url.starts_with(plain) && !tls_) refuse("scheme", "kafka:// or kafkas:// is needed");
  auto rest = url.substr(tls_ ? secure.size() : plain.size());
  const auto authority = take_until('?', rest);
  read_login(authority);
  read_parameters(rest);
}

// Which of '@' and ':' comes first tells the forms apart.
void kafka_address::read_login(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos) return read_brokers(text);
  if (text.find('@', at + 1) != std::string_view::npos) {
    refuse("login", "'@' stands in it twice; in user:password@host:port write it as %40");
  }
  const auto before = text.substr(0, at);
  auto after = text.substr(at + 1);
  const auto colon = before.find(':');
  if (colon == std::string_view::npos) {
    user_ = before;
    password_ = take_until(':', after);
  } else {
    user_ = unescaped(before.substr(0, colon), "user");
    password_ = unescaped(before.substr(colon + 1), "password");
  }
  if (user_.empty()) refuse("user", "it is empty");
  if (password_.empty()) refuse("password", "it is empty");
  read_brokers(after);
}

void kafka_address::read_brokers(std::string_view text) {
  if (text.ends_with('/')) text.remove_suffix(1);
  brokers_ = text;
  for (int number = 1; number == 1 || !text.empty(); ++number) {
    if (is_broker(take_until(',', text))) continue;
    refuse("broker " + std::to_string(number),
           "host:port is needed; the form is kafka://user@password:host:port,host:port");
  }
}

void kafka_address::read_parameters(std::string_view text) {
  if (!text.empty() && !tls_) refuse("parameters", "they configure TLS: use kafkas");
  while (!text.empty()) {
    auto value = take_until('&', text);
    const std::string name(take_until('=', value));
    const auto part = "parameters";
    if (name == "ca_file") {
      tls_->ca_file(unescaped(value, part));
    } else if (name == "certificate_file") {
      tls_->certificate_file(unescaped(value, part));
    } else if (name == "key_file") {
      tls_->key_file(unescaped(value, part));
    } else if (name == "verify" && (value == "yes" || value == "no")) {
      tls_->verify(value == "yes");
    } else {
      refuse(part, "known are ca_file, certificate_file, key_file, and verify=yes or no");
    }
  }
}

}  // namespace sluice
