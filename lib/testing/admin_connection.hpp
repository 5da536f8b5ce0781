#pragma once

#include <filesystem>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace sluice::testing {

/// A blocking RESP2 connection over a Unix socket, for the hand of a test that meddles.
///
/// It is deliberately no sluice::client: a test must not look at the library through the library.
/// Calls from several threads wait for each other.
class admin_connection {
 public:
  /// Remembers where to connect; connects at the first command.
  admin_connection(std::filesystem::path socket, std::string user, std::string password);
  admin_connection(const admin_connection&) = delete;
  admin_connection& operator=(const admin_connection&) = delete;
  ~admin_connection();

  /// Sends a command and renders its reply. A connection found closed is opened again first.
  /// @throws std::runtime_error on an error reply, a lost connection, or after 30 s.
  std::string command(std::span<const std::string_view> words);

  /// Forgets the connection; the next command opens a new one.
  void close() noexcept;

 private:
  void open();
  bool lost() const noexcept;
  std::string exchange(std::span<const std::string_view> words);
  void send(std::string_view bytes);
  std::string read_line();
  std::string read_bytes(std::size_t count);
  void receive();
  void read_reply(std::string& text, std::string& error);

  std::filesystem::path path_;
  std::string user_;
  std::string password_;
  std::mutex mutex_;
  int socket_ = -1;
  std::string received_;
};

}  // namespace sluice::testing
