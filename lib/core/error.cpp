#include "sluice/core/error.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <utility>

namespace sluice {
namespace {

const char* text_of(errc code) noexcept {
  switch (code) {
    case errc::connection_refused: return "connection refused: nothing listens there";
    case errc::host_unreachable: return "host unreachable";
    case errc::name_not_found: return "host name not found";
    case errc::connect_timeout: return "no connection within the connect deadline";
    case errc::connection_lost: return "connection lost before the command was executed";
    case errc::tls_failed: return "no trusted TLS session";
    case errc::not_redis: return "the peer does not speak the Redis protocol";
    case errc::server_too_old: return "the server is too old: RESP3 is needed";
    case errc::auth_required: return "the server wants credentials";
    case errc::wrong_password: return "wrong user or password";
    case errc::not_permitted: return "the user lacks a right";
    case errc::loading: return "the server is loading its data set";
    case errc::read_only: return "the server is a read-only replica";
    case errc::timeout: return "no reply before the deadline";
    case errc::cancelled: return "cancelled";
    case errc::closed: return "closed";
    case errc::outcome_unknown: return "connection lost after sending: the outcome is unknown";
    case errc::overloaded: return "a bounded queue is full";
    case errc::protocol_error: return "malformed reply";
    case errc::reply_too_large: return "the reply passes an input limit";
    case errc::unexpected_reply: return "the reply has an unexpected type";
    case errc::command_refused: return "this command would break the shared connection";
    case errc::invalid_argument: return "invalid argument";
    case errc::invalid_url: return "invalid URL";
    case errc::server_error: return "server error";
    case errc::unknown_command: return "the server does not know the command or an option of it";
    case errc::wrong_type: return "the key holds another type";
    case errc::no_group: return "no such stream or consumer group";
    case errc::group_exists: return "the consumer group exists already";
    case errc::no_such_key: return "no such key";
    case errc::no_script: return "the server does not know the script";
    case errc::script_busy: return "a script occupies the server";
    case errc::out_of_memory: return "the server's memory limit is reached";
    case errc::persistence_failed: return "the server cannot write its disk and refuses writes";
    case errc::too_few_replicas: return "too few replicas in reach";
    case errc::cluster_down: return "the cluster is down";
    case errc::moved: return "the key lives on another cluster node";
    case errc::try_again: return "the slot is being moved: try again";
    case errc::unblocked: return "a blocking read was ended by the server";
    case errc::transaction_aborted: return "transaction discarded by the server";
    case errc::already_settled: return "the delivery was settled before";
    case errc::lease_lost: return "the entry belongs to another consumer now";
  }
  return "unknown error";
}

bool is_retryable(errc code) noexcept {
  switch (code) {
    case errc::connection_refused:
    case errc::host_unreachable:
    case errc::name_not_found:
    case errc::connect_timeout:
    case errc::connection_lost:
    case errc::loading:
    case errc::read_only:
    case errc::timeout:
    case errc::overloaded:
    case errc::script_busy:
    case errc::out_of_memory:
    case errc::persistence_failed:
    case errc::too_few_replicas:
    case errc::cluster_down:
    case errc::try_again:
    case errc::unblocked:
    case errc::transaction_aborted: return true;
    default: return false;
  }
}

bool is_fatal(errc code) noexcept {
  switch (code) {
    case errc::tls_failed:
    case errc::not_redis:
    case errc::server_too_old:
    case errc::auth_required:
    case errc::wrong_password:
    case errc::not_permitted:
    case errc::command_refused:
    case errc::invalid_argument:
    case errc::invalid_url:
    case errc::unknown_command:
    case errc::wrong_type: return true;
    default: return false;
  }
}

class sluice_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "sluice"; }
  std::string message(int code) const override { return text_of(static_cast<errc>(code)); }
};

class sluice_conditions final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "sluice.condition"; }
  std::string message(int value) const override {
    switch (static_cast<condition>(value)) {
      case condition::retryable: return "may succeed when tried again";
      case condition::fatal: return "needs a change of configuration or code";
      case condition::timeout: return "a deadline passed";
      case condition::cancelled: return "cancelled";
    }
    return "unknown condition";
  }
  bool equivalent(const boost::system::error_code& code, int value) const noexcept override {
    if (code.category() != sluice::error_category()) {
      return static_cast<condition>(value) == condition::cancelled &&
             code == boost::asio::error::operation_aborted;
    }
    const auto which = static_cast<errc>(code.value());
    switch (static_cast<condition>(value)) {
      case condition::retryable: return is_retryable(which);
      case condition::fatal: return is_fatal(which);
      case condition::timeout: return which == errc::timeout || which == errc::connect_timeout;
      case condition::cancelled: return which == errc::cancelled || which == errc::closed;
    }
    return false;
  }
};

// The code words that servers put first in an error reply (redis.io, and `createSharedObjects` in
// the server's source). Only the word is stable: the texts behind it differ between versions.
constexpr std::array code_words{
    std::pair{std::string_view("WRONGPASS"), errc::wrong_password},
    std::pair{std::string_view("NOAUTH"), errc::auth_required},
    std::pair{std::string_view("NOPERM"), errc::not_permitted},
    std::pair{std::string_view("LOADING"), errc::loading},
    std::pair{std::string_view("MASTERDOWN"), errc::loading},
    std::pair{std::string_view("READONLY"), errc::read_only},
    std::pair{std::string_view("WRONGTYPE"), errc::wrong_type},
    std::pair{std::string_view("NOGROUP"), errc::no_group},
    std::pair{std::string_view("BUSYGROUP"), errc::group_exists},
    std::pair{std::string_view("NOSCRIPT"), errc::no_script},
    std::pair{std::string_view("BUSY"), errc::script_busy},
    std::pair{std::string_view("OOM"), errc::out_of_memory},
    std::pair{std::string_view("MISCONF"), errc::persistence_failed},
    std::pair{std::string_view("NOREPLICAS"), errc::too_few_replicas},
    std::pair{std::string_view("CLUSTERDOWN"), errc::cluster_down},
    std::pair{std::string_view("MOVED"), errc::moved},
    std::pair{std::string_view("ASK"), errc::moved},
    std::pair{std::string_view("TRYAGAIN"), errc::try_again},
    std::pair{std::string_view("UNBLOCKED"), errc::unblocked},
    std::pair{std::string_view("EXECABORT"), errc::transaction_aborted},
    std::pair{std::string_view("NOPROTO"), errc::server_too_old},
};

std::string what_of(const boost::system::error_code& code, const diagnostics& why) {
  std::string text = why.to_string();
  return text.empty() ? code.message() : text;
}

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const sluice_category category;
  return category;
}

const boost::system::error_category& condition_category() noexcept {
  static const sluice_conditions category;
  return category;
}

boost::system::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

boost::system::error_condition make_error_condition(condition value) noexcept {
  return {static_cast<int>(value), condition_category()};
}

std::string diagnostics::to_string() const {
  std::string text = command_;
  const auto add = [&text](std::string_view before, const std::string& part, char after) {
    if (part.empty()) return;
    if (!text.empty()) text += ' ';
    text.append(before).append(part).push_back(after);
  };
  add("on '", stream_, '\'');
  add("group '", group_, '\'');
  add("id '", id_, '\'');
  if (!message_.empty()) {
    if (!text.empty()) text += ": ";
    text += message_;
  }
  if (!server_text_.empty()) {
    if (!text.empty()) text += ' ';
    text.append("(server: ").append(server_text_).push_back(')');
  }
  return text;
}

error::error(errc code, diagnostics why)
    : error(make_error_code(code), why.message().empty()
                                       ? diagnostics(why).message(text_of(code))
                                       : std::move(why)) {}

error::error(boost::system::error_code code, diagnostics why)
    : system_error(code) {
  auto text = what_of(code, why);
  details_ = std::make_shared<const details>(details{std::move(why), std::move(text)});
}

errc error::which() const noexcept {
  if (code().category() != error_category()) return errc::server_error;
  return static_cast<errc>(code().value());
}

errc classify_server_error(std::string_view text) noexcept {
  const auto word = text.substr(0, text.find(' '));
  for (const auto& [known, code] : code_words) {
    if (word == known) return code;
  }
  if (text.starts_with("ERR unknown") || text.starts_with("ERR syntax error")) {
    return errc::unknown_command;
  }
  if (text.starts_with("ERR no such key")) return errc::no_such_key;
  return errc::server_error;
}

}  // namespace sluice
