// The sending half: what is on its way to the brokers, and who wants to hear of it.
#pragma once

#include "app/main_stream.hpp"
#include "kafka/bell.hpp"
#include "kafka/settings.hpp"
#include "redis/connection.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::kafka {

/// What is sent.
struct letter {
  std::string topic;
  std::string_view payload;
  std::optional<std::string_view> key;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// One producer of librdkafka. Nobody waits for it: retired, it goes on until everything has left
/// or has failed, which takes as long as a message may take at most.
class outlet final : public std::enable_shared_from_this<outlet>, public bell_listener {
 public:
  static std::shared_ptr<outlet> open(std::shared_ptr<connection> link, const settings& how);
  ~outlet();

  /// Throws `error` with `errc::overloaded` when too much is on its way, `errc::invalid_argument`
  /// for what no broker would take.
  void send(const letter& what, sent_handler done);
  /// librdkafka has given up; another one has to be opened.
  bool broken() const noexcept { return broken_; }
  /// Nothing more is sent.
  void retire();

 private:
  explicit outlet(std::shared_ptr<connection> link) : link_(std::move(link)) {}

  void begin(const settings& how);
  void on_bell() override;
  void on_context_end() noexcept override;
  void on_event(rd_kafka_event_t& what);
  void on_reports(rd_kafka_event_t& reports);
  void on_trouble(rd_kafka_event_t& what);
  void close() noexcept;

  std::shared_ptr<connection> link_;
  rd_kafka_t* client_ = nullptr;
  native_queue queue_;
  std::shared_ptr<bell> bell_;
  std::map<std::uintptr_t, sent_handler> under_way_;
  std::uintptr_t number_ = 0;
  std::string trouble_;  // the last words of it, until a message was stored
  bool broken_ = false;
  std::shared_ptr<outlet> self_;  // while it is retired and not done
};

}  // namespace sluice::kafka
