#pragma once

#include <sluice/testing/server_options.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace sluice::testing {

/// Where one server lives and what it must know besides the test's wishes.
struct server_place {
  std::filesystem::path folder;
  std::uint16_t port = 0;
  std::uint16_t tls_port = 0;
  std::string admin_password;
  bool debug_is_locked = true;  ///< Whether `DEBUG` must be allowed by name (7.0 and later).
};

/// The user through which private_server::command() works.
inline constexpr std::string_view admin_user = "sluice-test-admin";

/// The text of a `redis.conf`, put together from a test's options.
class server_config {
 public:
  server_config(const server_options& options, const server_place& place);

  const std::string& text() const noexcept { return text_; }

 private:
  void add(std::string_view name, std::string_view value);
  void add_quoted(std::string_view name, std::string_view value);
  void add_listeners(const server_options& options, const server_place& place);
  void add_users(const server_options& options, const server_place& place);
  void add_persistence(const server_options& options);

  std::string text_;
};

}  // namespace sluice::testing
