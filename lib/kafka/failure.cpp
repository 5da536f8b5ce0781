#include "kafka/failure.hpp"

#include <utility>

namespace sluice::kafka {

errc code_of(rd_kafka_resp_err_t code) noexcept {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
      return errc::connection_lost;
    case RD_KAFKA_RESP_ERR__RESOLVE:
      return errc::name_not_found;
    case RD_KAFKA_RESP_ERR__SSL:
      return errc::tls_failed;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return errc::wrong_password;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return errc::not_permitted;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
      return errc::timeout;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return errc::overloaded;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
      return errc::invalid_argument;
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
      return errc::too_few_replicas;
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__DESTROY:
      return errc::closed;
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
      return errc::outcome_unknown;
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
      return errc::lease_lost;
    default:
      return errc::server_error;
  }
}

error failure(rd_kafka_resp_err_t code, diagnostics about, std::string words) {
  about.server_text(words.empty() ? rd_kafka_err2str(code) : std::move(words));
  return error(code_of(code), std::move(about));
}

bool is_final(rd_kafka_resp_err_t code) noexcept {
  const auto known = code_of(code);
  return code == RD_KAFKA_RESP_ERR__FATAL || known == errc::wrong_password ||
         known == errc::not_permitted;
}

}  // namespace sluice::kafka
