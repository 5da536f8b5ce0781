#include "cli/pairs.hpp"

namespace sluice::cli {

std::string check_pair(const std::string& text) {
  return text.find('=') == std::string::npos ? "wants NAME=VALUE, not '" + text + '\'' : "";
}

std::pair<std::string, std::string> split_pair(const std::string& text) {
  const auto equals = text.find('=');
  return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace sluice::cli
