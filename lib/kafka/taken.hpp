// A message as librdkafka hands it out.
#pragma once

#include "kafka/native.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::kafka {

/// Owns the message. Its client must not be destroyed before.
class taken {
 public:
  /// `from` must hold a message.
  explicit taken(native_event from)
      : event_(std::move(from)), what_(rd_kafka_event_message_next(event_.get())) {}

  std::int64_t offset() const noexcept { return what_->offset; }
  rd_kafka_resp_err_t failure() const noexcept { return what_->err; }
  std::string_view payload() const noexcept {
    return {static_cast<const char*>(what_->payload), what_->payload == nullptr ? 0 : what_->len};
  }
  std::optional<std::string_view> key() const noexcept {
    if (what_->key == nullptr) return std::nullopt;
    return std::string_view(static_cast<const char*>(what_->key), what_->key_len);
  }
  std::vector<std::pair<std::string, std::string>> headers() const;

 private:
  native_event event_;
  const rd_kafka_message_t* what_;
};

}  // namespace sluice::kafka
