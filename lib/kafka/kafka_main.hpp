// Topics of Kafka, and apps as their consumer groups.
#pragma once

#include "app/main_stream.hpp"
#include "kafka/outlets.hpp"

#include "sluice/redis/client.hpp"

#include <map>
#include <memory>
#include <string>

namespace sluice::kafka {

class member;

class kafka_main final : public main_stream {
 public:
  kafka_main(const client& redis, std::shared_ptr<const settings> how);

  void send(const std::string& topic, const envelope& what, sent_handler done) override;
  std::unique_ptr<reception> receive(const std::string& topic, const std::string& group,
                                     const listener_options& how, envelope_handler work) override;
  /// Checks the topic as `send` does.
  kept_message keep(const std::string& topic, const envelope& what) const override;
  /// Apps that name the same brokers send each other's messages; others might not reach them.
  std::string waiting_place() const override;

 private:
  std::shared_ptr<connection> link_;
  std::shared_ptr<outlets> outlets_;
  std::map<std::string, std::weak_ptr<member>> members_;  // one a group, for all of its topics
};

}  // namespace sluice::kafka
