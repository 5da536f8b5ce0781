// A client that knows nothing but sockets, to see exactly what a proxy lets through.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

class raw_client {
 public:
  using milliseconds = std::chrono::milliseconds;

  /// What the last read met.
  enum class ending { none, timeout, closed, reset };

  explicit raw_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    start(address);
  }

  explicit raw_client(const std::filesystem::path& path)
      : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    start(address);
  }

  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;
  ~raw_client() { close(); }

  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

  /// 0 when connected, else why not; ETIMEDOUT when the handshake hung for 300 ms.
  int connect_error() const { return connect_error_; }

  bool send(std::string_view bytes) {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<::ssize_t>(bytes.size());
  }

  /// Reads until `wanted` bytes are there, the connection ends, or nothing comes for `patience`.
  std::string receive(std::size_t wanted, milliseconds patience = milliseconds(3000)) {
    std::string bytes;
    end = ending::none;
    while (bytes.size() < wanted && end == ending::none) bytes += read_some(wanted, patience);
    return bytes;
  }

  /// Everything until the connection ends.
  std::string receive_all() { return receive(std::size_t{1} << 40); }

  /// One read, as the kernel has it.
  std::string read_some(std::size_t most, milliseconds patience = milliseconds(3000)) {
    std::string bytes(std::min<std::size_t>(most, 65536), '\0');
    if (!ready(POLLIN, patience)) {
      end = ending::timeout;
      return {};
    }
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count < 0) end = ending::reset;
    if (count == 0) end = ending::closed;
    bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return bytes;
  }

  ending end = ending::none;

 private:
  template <class Address>
  void start(const Address& address) {
    ::timeval limit{0, 300'000};
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const auto* generic = reinterpret_cast<const ::sockaddr*>(&address);
    if (::connect(socket_, generic, sizeof address) == 0) return;
    connect_error_ = errno == EINPROGRESS ? ETIMEDOUT : errno;
  }

  bool ready(short event, milliseconds patience) const {
    ::pollfd wanted{socket_, event, 0};
    return ::poll(&wanted, 1, static_cast<int>(patience.count())) > 0;
  }

  int socket_;
  int connect_error_ = 0;
};
