#include "testing/admin_connection.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace sluice::testing {

namespace {

constexpr int patience_in_seconds = 30;

[[noreturn]] void fail(std::string_view what, int reason) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(reason));
}

std::string encode(std::span<const std::string_view> words) {
  std::string frame = "*" + std::to_string(words.size()) + "\r\n";
  for (const auto word : words) {
    frame.append("$").append(std::to_string(word.size())).append("\r\n");
    frame.append(word).append("\r\n");
  }
  return frame;
}

}  // namespace

admin_connection::admin_connection(std::filesystem::path socket, std::string user,
                                   std::string password)
    : path_(std::move(socket)), user_(std::move(user)), password_(std::move(password)) {}

admin_connection::~admin_connection() { close(); }

void admin_connection::close() noexcept {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  received_.clear();
}

void admin_connection::open() {
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = path_.string();
  if (path.size() >= sizeof address.sun_path) fail("socket path " + path, ENAMETOOLONG);
  path.copy(address.sun_path, path.size());

  socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) fail("cannot make a socket", errno);
  const ::timeval limit{patience_in_seconds, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(socket_, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) != 0) {
    fail("cannot connect to " + path, errno);
  }
  const std::array<std::string_view, 3> login{"AUTH", user_, password_};
  exchange(login);
}

bool admin_connection::lost() const noexcept {
  if (socket_ < 0) return true;
  // Nothing is outstanding between commands, so anything readable is the end of the connection.
  char byte;
  return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

std::string admin_connection::command(std::span<const std::string_view> words) {
  const std::lock_guard lock(mutex_);
  try {
    if (lost()) {
      close();
      open();
    }
    return exchange(words);
  } catch (const std::runtime_error& problem) {
    throw std::runtime_error((words.empty() ? std::string() : std::string(words[0])) + ": " +
                             problem.what());
  }
}

std::string admin_connection::exchange(std::span<const std::string_view> words) {
  std::string text;
  std::string error;
  try {
    send(encode(words));
    read_reply(text, error);
  } catch (...) {
    close();  // a reply that comes after all would answer the next command
    throw;
  }
  if (!error.empty()) throw std::runtime_error(error);
  return text;
}

void admin_connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail("cannot send to the server", errno);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void admin_connection::receive() {
  std::array<char, 16384> chunk;
  for (;;) {
    const auto count = ::recv(socket_, chunk.data(), chunk.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("no reply from the server", errno == EAGAIN ? ETIMEDOUT : errno);
    if (count == 0) throw std::runtime_error("the server closed the connection");
    received_.append(chunk.data(), static_cast<std::size_t>(count));
    return;
  }
}

std::string admin_connection::read_line() {
  std::size_t end;
  while ((end = received_.find("\r\n")) == std::string::npos) receive();
  std::string line = received_.substr(0, end);
  received_.erase(0, end + 2);
  return line;
}

std::string admin_connection::read_bytes(std::size_t count) {
  while (received_.size() < count + 2) receive();
  std::string bytes = received_.substr(0, count);
  received_.erase(0, count + 2);
  return bytes;
}

void admin_connection::read_reply(std::string& text, std::string& error) {
  const std::string line = read_line();
  const std::string rest = line.empty() ? line : line.substr(1);
  switch (line.empty() ? '\0' : line.front()) {
    case '+':
    case ':':
      text += rest;
      return;
    case '-':
      if (error.empty()) error = rest;  // of EXEC's array the first one is reported
      return;
    case '$':
      if (rest != "-1") text += read_bytes(std::stoul(rest));
      return;
    case '*':
      for (long item = 0, items = std::stol(rest); item < items; ++item) {
        if (item > 0) text += '\n';
        read_reply(text, error);
      }
      return;
    default:
      throw std::runtime_error("not a RESP2 reply: " + line);
  }
}

}  // namespace sluice::testing
