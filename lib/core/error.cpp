#include "sluice/core/error.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <utility>

namespace sluice {
namespace {

// One text for each code, in the order of the enumeration; a test sees to it that none is missing.
constexpr std::array texts{
    std::pair{errc::connection_refused, "connection refused: nothing listens there"},
    std::pair{errc::host_unreachable, "host unreachable"},
    std::pair{errc::name_not_found, "host name not found"},
    std::pair{errc::connect_timeout, "no connection within the connect deadline"},
    std::pair{errc::connection_lost, "connection lost before the command was executed"},
    std::pair{errc::tls_failed, "no trusted TLS session"},
    std::pair{errc::not_redis, "the peer does not speak the Redis protocol"},
    std::pair{errc::server_too_old, "the server is too old: RESP3 is needed"},
    std::pair{errc::auth_required, "the server wants credentials"},
    std::pair{errc::wrong_password, "wrong user or password"},
    std::pair{errc::not_permitted, "the user lacks a right"},
    std::pair{errc::loading, "the server is loading its data set"},
    std::pair{errc::read_only, "the server is a read-only replica"},
    std::pair{errc::timeout, "no reply before the deadline"},
    std::pair{errc::cancelled, "cancelled"},
    std::pair{errc::closed, "closed"},
    std::pair{errc::outcome_unknown, "connection lost after sending: the outcome is unknown"},
    std::pair{errc::overloaded, "somebody is faster than this can be done"},
    std::pair{errc::protocol_error, "malformed reply"},
    std::pair{errc::reply_too_large, "the reply passes an input limit"},
    std::pair{errc::unexpected_reply, "the reply has an unexpected type"},
    std::pair{errc::command_refused, "this command would break the shared connection"},
    std::pair{errc::invalid_argument, "invalid argument"},
    std::pair{errc::invalid_url, "invalid URL"},
    std::pair{errc::server_error, "server error"},
    std::pair{errc::unknown_command, "the server does not know the command or an option of it"},
    std::pair{errc::wrong_type, "the key holds another type"},
    std::pair{errc::no_group, "no such stream or consumer group"},
    std::pair{errc::group_exists, "the consumer group exists already"},
    std::pair{errc::no_such_key, "no such key"},
    std::pair{errc::no_script, "the server does not know the script"},
    std::pair{errc::script_busy, "a script occupies the server"},
    std::pair{errc::out_of_memory, "the server's memory limit is reached"},
    std::pair{errc::persistence_failed, "the server cannot write its disk and refuses writes"},
    std::pair{errc::too_few_replicas, "too few replicas in reach"},
    std::pair{errc::cluster_down, "the cluster is down"},
    std::pair{errc::moved, "the key lives on another cluster node"},
    std::pair{errc::try_again, "the slot is being moved: try again"},
    std::pair{errc::unblocked, "a blocking read was ended by the server"},
    std::pair{errc::transaction_aborted, "transaction discarded by the server"},
    std::pair{errc::already_settled, "the delivery was settled before"},
    std::pair{errc::lease_lost, "the entry belongs to another consumer now"},
    std::pair{errc::malformed_message, "the entry is no message that this topic accepts"},
    std::pair{errc::feedback_error, "a listener failed to handle the message"},
    std::pair{errc::feedback_timeout, "no answer came in time"},
    std::pair{errc::feedback_lost, "answers were lost on the way"},
};

const char* text_of(errc code) noexcept {
  for (const auto& [known, text] : texts) {
    if (known == code) return text;
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
    case errc::feedback_timeout:
    case errc::overloaded:
    case errc::script_busy:
    case errc::out_of_memory:
    case errc::persistence_failed:
    case errc::too_few_replicas:
    case errc::cluster_down:
    case errc::try_again:
    case errc::unblocked:
    case errc::transaction_aborted:
      return true;
    default:
      return false;
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
    case errc::wrong_type:
      return true;
    default:
      return false;
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
      case condition::retryable:
        return "may succeed when tried again";
      case condition::fatal:
        return "needs a change of configuration or code";
      case condition::timeout:
        return "a deadline passed";
      case condition::cancelled:
        return "cancelled";
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
      case condition::retryable:
        return is_retryable(which);
      case condition::fatal:
        return is_fatal(which);
      case condition::timeout:
        return which == errc::timeout || which == errc::connect_timeout ||
               which == errc::feedback_timeout;
      case condition::cancelled:
        return which == errc::cancelled || which == errc::closed;
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
    : error(make_error_code(code),
            why.message().empty() ? diagnostics(why).message(text_of(code)) : std::move(why)) {}

error::error(boost::system::error_code code, diagnostics why) : system_error(code) {
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
  // What a script calls is refused without the code word, from Redis 7.2 on in the second form.
  if (text.find("The user executing the script can't ") <= 4 ||
      text.starts_with("ERR ACL failure in script")) {
    return errc::not_permitted;
  }
  return errc::server_error;
}

}  // namespace sluice
