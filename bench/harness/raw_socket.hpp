// A socket and nothing else: the peer that no client can beat.
#pragma once

#include "harness/measurement.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

class raw_socket {
 public:
  explicit raw_socket(const address& where)
      : fd_(::socket(where.is_path() ? AF_UNIX : AF_INET, SOCK_STREAM, 0)) {
    if (!(where.is_path() ? connect_to_path(where) : connect_to_port(where))) {
      fail("cannot connect to " + where.text);
    }
  }
  raw_socket(const raw_socket&) = delete;
  raw_socket& operator=(const raw_socket&) = delete;
  ~raw_socket() { ::close(fd_); }

  int fd() const noexcept { return fd_; }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) fail("the server closed the connection");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// What came, at least one byte; valid until the next call.
  std::string_view read() {
    const auto got = ::recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) fail("the server closed the connection");
    return {buffer_.data(), static_cast<std::size_t>(got)};
  }

 private:
  bool connect_to_path(const address& to) const {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    if (to.text.size() >= sizeof where.sun_path) return false;
    std::copy(to.text.begin(), to.text.end(), where.sun_path);
    return ::connect(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
  }

  bool connect_to_port(const address& to) const {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(static_cast<std::uint16_t>(to.port()));
    const int at_once = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    return ::inet_pton(AF_INET, to.host().c_str(), &where.sin_addr) == 1 &&
           ::connect(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
  }

  int fd_;
  std::array<char, 65536> buffer_;
};

/// A command as the server reads it.
template <class... Arguments>
std::string frame(const Arguments&... arguments) {
  std::string out = "*" + std::to_string(sizeof...(arguments)) + "\r\n";
  const auto append = [&out](std::string_view argument) {
    out.append("$").append(std::to_string(argument.size())).append("\r\n");
    out.append(argument).append("\r\n");
  };
  (append(std::string_view(arguments)), ...);
  return out;
}

}  // namespace bench
