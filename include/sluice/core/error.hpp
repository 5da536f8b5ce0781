// What can go wrong, said once for the whole SDK: one enumeration, one category, four conditions.
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>
#include <boost/system/system_error.hpp>

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace sluice {
enum class errc;
enum class condition;
}  // namespace sluice

// Before the first comparison with one of them, which would settle what they are.
template <>
struct boost::system::is_error_code_enum<sluice::errc> : std::true_type {};
template <>
struct boost::system::is_error_condition_enum<sluice::condition> : std::true_type {};

namespace sluice {

/// Every error of Sluice. Compare with `==` against `sluice::error::code()`, or use a `condition`.
/// docs/guide/errors.md says of each what to do about it.
enum class errc {
  // The way to the server.
  connection_refused = 1,  ///< Nothing listens there: start the server or correct host and port.
  host_unreachable,        ///< The network has no way to the host: check routes and firewalls.
  name_not_found,          ///< The host name does not resolve: correct the name or the resolver.
  connect_timeout,         ///< No answer within the connect deadline: check the host, or raise it.
  connection_lost,         ///< The link broke before the command was executed: try again.
  tls_failed,              ///< No trusted TLS session: check certificate, CA, host name, clock.
  not_redis,               ///< The peer does not speak RESP: correct host and port.
  server_too_old,          ///< The server lacks RESP3: Redis 6.2.16, 7.0.9 or newer is needed.
  auth_required,           ///< The server wants credentials: put user and password in the URL.
  wrong_password,          ///< The credentials were refused: correct user or password.
  not_permitted,           ///< The ACL user lacks a right: grant it (the server's text names it).
  loading,                 ///< The server reads its data set: try again soon.
  read_only,               ///< The server is a replica: connect to the master.

  // The fate of a command.
  timeout,          ///< No reply before the deadline; the diagnostics say if it was sent.
  cancelled,        ///< Cancelled by the caller.
  closed,           ///< The client or consumer was closed.
  outcome_unknown,  ///< The link broke after sending: it may or may not have been executed.
  overloaded,       ///< Somebody is faster than this can be done: slow them down, or stop them.
  protocol_error,   ///< The reply was malformed; the connection was closed, nothing is out of step.
  reply_too_large,  ///< A reply passed an input limit: raise the limit or ask for less.
  unexpected_reply,  ///< The reply has another type than the caller asked to read.
  command_refused,   ///< This command would break the shared connection; the text says why.
  invalid_argument,  ///< An argument is out of range or malformed; the text names it.
  invalid_url,       ///< The URL is wrong; the text names the part.

  // What the server said.
  server_error,         ///< An error without a code of its own: read the server's text.
  unknown_command,      ///< The server does not know the command or its options.
  wrong_type,           ///< The key holds another type than the command needs.
  no_group,             ///< The stream or its consumer group does not exist.
  group_exists,         ///< The consumer group exists already.
  no_such_key,          ///< The key does not exist.
  no_script,            ///< The server does not know the script (it was flushed).
  script_busy,          ///< A script occupies the server: try again.
  out_of_memory,        ///< The server's memory limit is reached: free or raise it.
  persistence_failed,   ///< The server cannot write its disk and refuses writes: free its disk.
  too_few_replicas,     ///< Fewer replicas than required are in reach.
  cluster_down,         ///< The cluster has no majority: try again.
  moved,                ///< The key lives on another cluster node: connect to that node.
  try_again,            ///< A cluster slot is being moved: try again.
  unblocked,            ///< A blocking read was ended by the server (stream deleted, failover).
  transaction_aborted,  ///< Server or database discarded the transaction; nothing was executed.

  // Deliveries.
  already_settled,  ///< The delivery was settled before, here or by another consumer.
  lease_lost,       ///< The entry belongs to another consumer now.

  // Messages of topics.
  malformed_message,  ///< An entry is no message, or not one that its topic accepts.

  // Answers.
  feedback_error,    ///< A listener failed; its words are the server's text of the diagnostics.
  feedback_timeout,  ///< No answer came in time: ask again, or wait longer.
  feedback_lost,     ///< Answers were lost on the server: ask again, if that may be done twice.
};

/// Classes of errors, for decisions. `code == condition::retryable` works for Sluice's codes and,
/// where it makes sense, for those of Asio.
enum class condition {
  retryable = 1,  ///< The same call may succeed later without any change.
  fatal,          ///< Nothing will help but a change of configuration or code.
  timeout,        ///< A deadline passed.
  cancelled,      ///< The caller cancelled, or closed what it was waiting on.
};

/// The one category of Sluice's error codes. Thread-safe; lives for ever.
const boost::system::error_category& error_category() noexcept;

/// The category of `condition`. Thread-safe; lives for ever.
const boost::system::error_category& condition_category() noexcept;

/// Makes an `error_code` of Sluice's category.
boost::system::error_code make_error_code(errc code) noexcept;

/// Makes an `error_condition` to compare codes with.
boost::system::error_condition make_error_condition(condition value) noexcept;

/// Where and why an operation failed. `message` is Sluice's own text and safe to show; the text of
/// the server may quote its input and is kept apart. Never holds a payload or a secret.
///
/// Thread rule: a value, like `std::string`.
class diagnostics {
 public:
  diagnostics() = default;
  /// Starts from Sluice's own explanation.
  explicit diagnostics(std::string message) : message_(std::move(message)) {}

  /// Sluice's own text: what was wrong, where, and what to do.
  const std::string& message() const noexcept { return message_; }
  /// The server's error text, untrusted; empty when the server said nothing.
  const std::string& server_text() const noexcept { return server_text_; }
  /// The name of the command, such as "XADD"; empty when there was none.
  const std::string& command() const noexcept { return command_; }
  /// The stream (or other key) it was about; may be empty.
  const std::string& stream() const noexcept { return stream_; }
  /// The consumer group it was about; may be empty.
  const std::string& group() const noexcept { return group_; }
  /// The entry id it was about; may be empty.
  const std::string& id() const noexcept { return id_; }

  /// Setters return the object, so that they chain.
  diagnostics& message(std::string text) { return message_ = std::move(text), *this; }
  /// Sets the server's text.
  diagnostics& server_text(std::string text) { return server_text_ = std::move(text), *this; }
  /// Sets the command's name.
  diagnostics& command(std::string name) { return command_ = std::move(name), *this; }
  /// Sets the stream.
  diagnostics& stream(std::string name) { return stream_ = std::move(name), *this; }
  /// Sets the group.
  diagnostics& group(std::string name) { return group_ = std::move(name), *this; }
  /// Sets the entry id.
  diagnostics& id(std::string text) { return id_ = std::move(text), *this; }

  /// All parts in one line: "XADD on stream 'orders': … (server: OOM command not allowed …)".
  std::string to_string() const;

 private:
  std::string message_, server_text_, command_, stream_, group_, id_;
};

/// What Sluice throws: an `error_code` of `error_category()` with diagnostics.
///
/// The codes are members too, so that `sluice::error::outcome_unknown` reads well:
/// @code
/// catch (const sluice::error& failure) {
///   if (failure.code() == sluice::error::outcome_unknown) …
///   if (failure.code() == sluice::condition::retryable) …
/// }
/// @endcode
/// Thread rule: a value; copies share the diagnostics and never throw.
class error : public boost::system::system_error {
 public:
  using enum errc;

  /// No error; what `result::error()` gives for a success.
  error() : error(boost::system::error_code(), diagnostics{}) {}
  /// An error without further words.
  explicit error(errc code) : error(code, diagnostics{}) {}
  /// An error with a text of its own.
  error(errc code, std::string message) : error(code, diagnostics(std::move(message))) {}
  /// An error with all that is known about it.
  error(errc code, diagnostics why);
  /// An error of another category, such as Asio's.
  error(boost::system::error_code code, diagnostics why);

  /// All that is known, in one line.
  const char* what() const noexcept override { return details_->text.c_str(); }
  /// What is known beyond the code.
  const diagnostics& why() const noexcept { return details_->why; }
  /// The code as the enumeration; `errc::server_error` for a foreign category.
  errc which() const noexcept;

 private:
  struct details {
    diagnostics why;
    std::string text;
  };

  std::shared_ptr<const details> details_;
};

/// Writes all that is known, in one line. Also what test frameworks print of a `result`.
template <class Character, class Traits>
std::basic_ostream<Character, Traits>& operator<<(std::basic_ostream<Character, Traits>& out,
                                                  const error& why) {
  return out << why.what();
}

/// Classifies the text of a server error ("WRONGTYPE Operation against…") by its first word.
/// The words are those of redis.io and of the server's sources.
errc classify_server_error(std::string_view text) noexcept;

}  // namespace sluice
