#include "testing/admin_connection.hpp"
#include "testing/child_process.hpp"
#include "testing/free_port.hpp"
#include "testing/server_config.hpp"
#include "testing/temporary_directory.hpp"

#include <sluice/testing/private_server.hpp>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace sluice::testing {

namespace {

using namespace std::chrono_literals;

constexpr auto glance = 2ms;
constexpr int port_attempts = 8;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The last `count` lines of a text.
std::string tail(const std::string& text, int count) {
  std::size_t start = text.size();
  while (start > 0 && count >= 0) {
    start = text.rfind('\n', start - 1);
    if (start == std::string::npos) return text;
    --count;
  }
  return text.substr(start == 0 ? 0 : start + 1);
}

std::string program(const std::string& wanted) {
  if (!wanted.empty()) return wanted;
  const char* named = std::getenv("SLUICE_REDIS_SERVER");
  return named != nullptr && *named != '\0' ? named : "redis-server";
}

/// Whether `DEBUG` has to be allowed by a line that older servers would refuse to start with.
bool locks_debug(const std::string& binary, const std::filesystem::path& folder) {
  const auto answer = folder / "version.txt";
  std::filesystem::remove(answer);
  child_process asked({binary, "--version"}, answer);
  while (asked.running()) std::this_thread::sleep_for(1ms);
  const std::string text = read_file(answer);
  const auto version = text.find(" v=");
  return version == std::string::npos || std::atoi(text.c_str() + version + 3) >= 7;
}

/// Percent-encodes what may not stand in the user part of a URL (RFC 3986, section 3.2.1).
std::string encode_userinfo(const std::string& text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '_' || byte == '.';
    if (plain) {
      encoded += character;
    } else {
      encoded.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
  }
  return encoded;
}

std::string random_word() {
  std::array<char, 16> bytes;
  std::ifstream("/dev/urandom", std::ios::binary).read(bytes.data(), bytes.size());
  std::string word;
  for (const char byte : bytes)
    word += static_cast<char>('a' + static_cast<unsigned char>(byte) % 26);
  return word;
}

}  // namespace

struct private_server::impl {
  explicit impl(const server_options& wanted)
      : options(wanted),
        folder(options.directory_.empty()
                   ? std::make_unique<temporary_directory>()
                   : std::make_unique<temporary_directory>(options.directory_)),
        binary(program(options.binary_)) {
    place.folder = folder->path();
    place.admin_password = random_word();
    place.debug_is_locked = locks_debug(binary, place.folder);
    if (options.tls_) files.emplace(place.folder, *options.tls_);
    admin.emplace(socket_path(), std::string(admin_user), place.admin_password);
  }

  std::filesystem::path socket_path() const { return place.folder / "redis.sock"; }
  std::filesystem::path log_path() const { return place.folder / "redis.log"; }

  void launch();
  bool settle();
  bool answers();
  void choose_ports();
  std::string with_secret(std::string_view scheme, std::string_view rest) const;

  server_options options;
  std::unique_ptr<temporary_directory> folder;
  std::string binary;
  server_place place;
  std::optional<testing::certificates> files;
  std::optional<admin_connection> admin;
  std::optional<child_process> process;  // last, so that it ends before its folder is removed
};

void private_server::impl::choose_ports() {
  if (options.tcp_) place.port = free_port();
  if (options.tls_) place.tls_port = free_port();
}

/// Starts the process and waits until it serves. Its log says why it ended, if it did.
void private_server::impl::launch() {
  const server_config config(options, place);
  const auto file = place.folder / "redis.conf";
  std::ofstream(file, std::ios::binary | std::ios::trunc) << config.text();
  std::filesystem::remove(socket_path());  // one left by a killed server would refuse, not wait
  admin->close();
  process.emplace(std::vector{binary, file.string()}, log_path());
}

/// @return whether the server serves; false when it ended because somebody else took its port.
bool private_server::impl::settle() {
  const auto log_before = read_file(log_path()).size();
  launch();
  for (auto waited = 0ms; waited < options.start_limit_; waited += glance) {
    if (!process->running()) break;
    if (answers()) return true;
    std::this_thread::sleep_for(glance);
  }
  const bool ended = !process->running();
  process.reset();
  const std::string log = read_file(log_path()).substr(log_before);
  if (ended && log.find("Address already in use") != std::string::npos) return false;
  throw std::runtime_error(binary + (ended ? " ended" : " did not answer in time") +
                           "; the end of its log:\n" + tail(log, 20));
}

bool private_server::impl::answers() {
  constexpr std::array<std::string_view, 1> ping{"PING"};
  try {
    admin->command(ping);
    return true;
  } catch (const std::runtime_error&) {
    return false;  // not listening yet, or still loading its data
  }
}

std::string private_server::impl::with_secret(std::string_view scheme,
                                              std::string_view rest) const {
  std::string url(scheme);
  if (!options.password_.empty()) url += ":" + encode_userinfo(options.password_) + "@";
  return url.append(rest);
}

private_server::private_server(const server_options& options)
    : impl_(std::make_unique<impl>(options)) {
  // A port is free only until somebody takes it, so a lost race is run again with other ports.
  for (int attempt = 0; attempt < port_attempts; ++attempt) {
    impl_->choose_ports();
    if (impl_->settle()) return;
  }
  throw std::runtime_error("every chosen port was taken before the server could listen");
}

private_server::private_server(private_server&&) noexcept = default;
private_server& private_server::operator=(private_server&&) noexcept = default;
private_server::~private_server() = default;

std::string private_server::url() const {
  return impl_->with_secret("unix://", impl_->socket_path().string());
}

std::string private_server::tcp_url() const {
  if (port() == 0) throw std::logic_error("the server was started without tcp()");
  return impl_->with_secret("redis://", "127.0.0.1:" + std::to_string(port()));
}

std::string private_server::tls_url() const {
  if (tls_port() == 0) throw std::logic_error("the server was started without tls()");
  return impl_->with_secret("rediss://", "127.0.0.1:" + std::to_string(tls_port()));
}

std::filesystem::path private_server::socket_path() const { return impl_->socket_path(); }
std::uint16_t private_server::port() const noexcept { return impl_->place.port; }
std::uint16_t private_server::tls_port() const noexcept { return impl_->place.tls_port; }

const certificates& private_server::certificates() const {
  if (!impl_->files) throw std::logic_error("the server was started without tls()");
  return *impl_->files;
}

int private_server::pid() const noexcept { return impl_->process ? impl_->process->pid() : 0; }

const std::filesystem::path& private_server::directory() const noexcept {
  return impl_->folder->path();
}

std::string private_server::log() const { return read_file(impl_->log_path()); }

void private_server::start() {
  if (impl_->process && impl_->process->running()) return;
  // Clients know the ports, so a taken one is waited for, not replaced.
  for (int attempt = 0; attempt < port_attempts; ++attempt) {
    if (impl_->settle()) return;
    std::this_thread::sleep_for(100ms);
  }
  throw std::runtime_error("the server's port was taken while it was down");
}

void private_server::stop() {
  if (impl_->process) impl_->process->terminate(10s);
  impl_->process.reset();
}

void private_server::kill() { impl_->process.reset(); }

void private_server::restart() {
  stop();
  start();
}

void private_server::freeze() {
  if (impl_->process) impl_->process->signal(SIGSTOP);
}

void private_server::thaw() {
  if (impl_->process) impl_->process->signal(SIGCONT);
}

std::string private_server::command(std::initializer_list<std::string_view> words) {
  return impl_->admin->command(std::span(words.begin(), words.size()));
}

std::string private_server::command(std::span<const std::string> words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  return impl_->admin->command(views);
}

}  // namespace sluice::testing
