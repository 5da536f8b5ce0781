#include "app/carriers.hpp"

#include "sluice/core/error.hpp"
#include "sluice/kafka/brokers.hpp"

#include <boost/url/pct_string_view.hpp>

#include <string>
#include <string_view>

namespace sluice::kafka {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw error(errc::invalid_url, "Kafka's URL: " + why);
}

std::string decoded(std::string_view text, const std::string& part) {
  const auto checked = boost::urls::make_pct_string_view(text);
  if (!checked) refuse("the " + part + " is not well encoded");
  return checked->decode();
}

struct credentials {
  std::string user, password;
};

// "user:password@hosts", or "user@password:hosts" as streamback writes it. Cuts them off.
credentials cut_credentials(std::string_view& rest) {
  const auto at = rest.rfind('@');
  const auto before = rest.substr(0, at);
  const auto colon = before.find(':');
  rest.remove_prefix(at + 1);
  if (colon != std::string_view::npos) {
    return {decoded(before.substr(0, colon), "user"),
            decoded(before.substr(colon + 1), "password")};
  }
  const auto end = rest.find(':');
  if (end == std::string_view::npos || rest.find(':', end + 1) == std::string_view::npos) {
    refuse("the user has no password");
  }
  credentials made{std::string(before), std::string(rest.substr(0, end))};
  rest.remove_prefix(end + 1);
  return made;
}

void check_addresses(std::string_view all) {
  if (all.empty()) refuse("it names no host");
  while (true) {
    const auto end = all.find(',');
    const auto one = all.substr(0, end);
    const auto colon = one.rfind(':');
    const auto port = colon == std::string_view::npos ? "9092" : one.substr(colon + 1);
    if (one.substr(0, colon).empty()) refuse("it names no host");
    if (port.empty() || port.find_first_not_of("0123456789") != std::string_view::npos ||
        port.size() > 5) {
      refuse("the port '" + std::string(port) + "' is no number");
    }
    if (end == std::string_view::npos) return;
    all.remove_prefix(end + 1);
  }
}

}  // namespace

brokers brokers::from_url(std::string_view url) {
  const auto scheme_end = url.find("://");
  const auto scheme = url.substr(0, scheme_end);
  if (scheme_end == std::string_view::npos || (scheme != "kafka" && scheme != "kafkas")) {
    refuse("it begins with 'kafka://' or 'kafkas://'");
  }
  auto rest = url.substr(scheme_end + 3);
  if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  credentials who;
  if (rest.find('@') != std::string_view::npos) {
    who = cut_credentials(rest);
    if (who.user.empty()) refuse("the user is empty");
  }
  check_addresses(rest);
  brokers made{std::string(rest)};
  if (scheme == "kafkas") made.tls();
  if (!who.user.empty()) made.user(who.user, who.password);
  return made;
}

void understand_urls() {
  const auto read = [](std::string_view url) -> carrier { return brokers::from_url(url); };
  carriers::teach("kafka", read);
  carriers::teach("kafkas", read);
}

}  // namespace sluice::kafka
