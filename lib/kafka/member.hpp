// A process as a member of a consumer group.
#pragma once

#include "kafka/bell.hpp"
#include "kafka/intake.hpp"
#include "kafka/partition.hpp"
#include "kafka/settings.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::kafka {

/// One consumer of librdkafka for all topics of a group. It gets partitions and gives them up, and
/// commits what is done with. Everything happens on the connection's executor.
class member final : public std::enable_shared_from_this<member>, public bell_listener {
 public:
  member(std::shared_ptr<connection> link, const settings& how, std::string group);
  ~member();

  /// Hands a topic's messages out until it is stopped, and has drained. The last one leaves the
  /// group.
  static boost::asio::awaitable<void> serve(std::shared_ptr<member> self,
                                            std::shared_ptr<intake> what);

 private:
  using commit = std::pair<std::shared_ptr<partition>, attempt_mark>;

  // What the group takes back, once nobody works on it any more.
  struct revocation {
    native_partitions which;
    std::vector<std::shared_ptr<partition>> parts;
    clock::time_point cancel_at, give_up_at;
    bool cancelled = false;
    bool refused = false;  // the group went on without us, and takes no commit
  };
  enum class ending : unsigned char { none, committing, leaving, closed };

  void join(const std::shared_ptr<intake>& what);
  void open();
  void subscribe();
  static boost::asio::awaitable<void> drain(std::shared_ptr<intake> what);

  // What librdkafka tells.
  void on_bell() override;
  void on_context_end() noexcept override;
  void on_event(rd_kafka_event_t& what);
  void on_trouble(rd_kafka_event_t& what);
  void on_marks(rd_kafka_event_t& answer);
  void on_committed(rd_kafka_event_t& answer);
  void tell(errc reason, std::string_view text) const;
  void fail(const error& why);

  // The group's partitions.
  void on_rebalance(rd_kafka_event_t& what);
  void assign(const rd_kafka_topic_partition_list_t& which);
  void revoke(const rd_kafka_topic_partition_list_t& which);
  void proceed_revocation();
  void end_revocation();
  void unassign(const rd_kafka_topic_partition_list_t& which);
  void drop(const std::shared_ptr<partition>& which) noexcept;
  void ask_marks();
  std::shared_ptr<partition> find(const rd_kafka_topic_partition_t& which) const;
  std::shared_ptr<intake> intake_of(std::string_view topic) const;

  // Going on, after whatever happened.
  void proceed();
  void feed();
  void commit_progress();
  void proceed_ending();
  void begin_ending();
  void leave_group();
  void set_alarm();
  void close() noexcept;

  std::shared_ptr<connection> link_;
  settings how_;
  std::string group_;
  rd_kafka_t* client_ = nullptr;
  native_queue queue_;
  std::shared_ptr<bell> bell_;
  std::vector<std::shared_ptr<intake>> intakes_;
  std::size_t serving_ = 0;
  std::vector<std::shared_ptr<partition>> partitions_;
  std::vector<commit> committing_;
  clock::time_point commit_again_at_{};
  clock::time_point ask_again_at_{};
  std::optional<revocation> revocation_;
  ending ending_ = ending::none;
  clock::time_point end_at_ = clock::time_point::max();
  gate ended_;
  bool subscribed_ = true;
  bool proceeding_ = false;
  bool again_ = false;
};

}  // namespace sluice::kafka
