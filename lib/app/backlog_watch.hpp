// Keeps the number of messages at once to what the backlog asks for.
#pragma once

#include "app/backlog_pace.hpp"
#include "app/main_stream.hpp"
#include "app/topic_desk.hpp"
#include "redis/connection.hpp"

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// What it cannot learn changes nothing; it asks again later.
class backlog_watch final : public std::enable_shared_from_this<backlog_watch>, private timed {
 public:
  /// `topic` and `group` are told with a failure.
  backlog_watch(std::shared_ptr<connection> link, std::shared_ptr<topic_desk> whose,
                std::string topic, std::string group);
  ~backlog_watch();

  /// Of what hands out the messages.
  void begin(const std::shared_ptr<reception>& over);
  void on_message() { look(true); }
  void end() noexcept;

 private:
  void look(bool busy);
  bool busy() const noexcept { return desk_->statistics().in_progress > 0; }
  void on_answer(const std::exception_ptr& failure, std::optional<std::uint64_t> backlog);
  void tell(const std::exception_ptr& failure);
  void on_time() override { look(busy()); }

  std::shared_ptr<connection> link_;
  std::shared_ptr<topic_desk> desk_;
  std::string topic_, group_;
  std::weak_ptr<reception> over_;
  backlog_pace pace_;
  bool told_ = false;
};

}  // namespace sluice
