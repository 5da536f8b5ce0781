#pragma once

#include "sluice/testing/server_options.hpp"

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sluice::testing {

/// A real Redis server that belongs to one test.
///
/// It runs in a folder of its own behind a Unix socket, so that any number of them live side by
/// side, in parallel tests and in any order. When the object goes, the process and the folder go,
/// also while an exception unwinds; when the whole program dies, the kernel ends the server
/// (Linux).
///
///     private_server redis(server_options().append_only());
///     sluice::client client(io.get_executor(), redis.url());
///     redis.command({"XADD", "orders", "*", "total", "12"});   // as somebody else
///     redis.kill();                                            // and see what the client does
///
/// The server's log level is `notice` and all it writes is in log(). `DEBUG` commands are enabled
/// where the server has them. It never listens on the well-known port.
///
/// Thread rule: command() and the const members may be called from several threads at once; the
/// members that start or end the process may not run beside any other call. The kernel ties a
/// server's life to the *thread* that started it, so start it on a thread that outlives its use.
class private_server {
 public:
  /// Starts the server and returns once it answers `PING` and has loaded its data.
  ///
  /// @throws std::runtime_error when it cannot be started or does not answer within
  ///   server_options::start_limit(); the text ends with the last lines of its log.
  explicit private_server(const server_options& options = server_options());

  /// Moving keeps the process running under the new object.
  private_server(private_server&&) noexcept;
  private_server& operator=(private_server&&) noexcept;

  /// Kills the server, waits for its end and removes its folder.
  ~private_server();

  /// `unix:///…/redis.sock`; with server_options::password() it carries the secret.
  std::string url() const;

  /// `redis://127.0.0.1:port`, with the secret if there is one.
  /// @throws std::logic_error without server_options::tcp().
  std::string tcp_url() const;

  /// `rediss://127.0.0.1:port`, with the secret if there is one.
  /// @throws std::logic_error without server_options::tls().
  std::string tls_url() const;

  /// The path of the Unix socket.
  std::filesystem::path socket_path() const;

  /// The TCP port, 0 without server_options::tcp().
  std::uint16_t port() const noexcept;

  /// The TLS port, 0 without server_options::tls().
  std::uint16_t tls_port() const noexcept;

  /// The files that TLS clients need.
  /// @throws std::logic_error without server_options::tls().
  const testing::certificates& certificates() const;

  /// The process id, 0 while the server is down.
  int pid() const noexcept;

  /// The folder with socket, data, log and certificates.
  const std::filesystem::path& directory() const noexcept;

  /// All that the server has logged, over every start.
  std::string log() const;

  /// Starts the server again after stop() or kill(): same folder, same ports. No effect while it
  /// runs. What survived is what the append-only file holds.
  /// @throws std::runtime_error as the constructor does.
  void start();

  /// Ends the server in good order: SIGTERM, ten seconds of patience, then SIGKILL.
  void stop();

  /// Ends the server as a power cut would end it: SIGKILL.
  void kill();

  /// stop() and start().
  void restart();

  /// Stops the process in its tracks (SIGSTOP): connections stay open and nobody answers.
  void freeze();

  /// Lets a frozen server go on (SIGCONT).
  void thaw();

  /// Sends one command as another client would and waits for the reply.
  ///
  /// A connection of its own, opened when first needed and again after the server or an operator
  /// closed it, logged in as an administrator whom the test's ACL changes do not reach. RESP2.
  ///
  /// @return the reply as `redis-cli --raw` prints it: a string or number as it is, nil as an empty
  ///   string, the elements of an array one a line, nested ones in depth-first order.
  /// @throws std::runtime_error when the server answers with an error (its text is in `what()`), is
  ///   down, or does not answer within 30 s.
  std::string command(std::initializer_list<std::string_view> words);

  /// The same for words that are only known at run time.
  std::string command(std::span<const std::string> words);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace sluice::testing
