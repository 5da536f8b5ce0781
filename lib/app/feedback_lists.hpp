// All conversations of this process whose answers come by lists.
#pragma once

#include "app/answer_source.hpp"
#include "app/list_lane.hpp"
#include "redis/connection.hpp"

#include "sluice/redis/client.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

/// One list a conversation. Doorbells say when to look; beneath them, and where there are none, all
/// lists that somebody waits at are looked at by the clock, in one pass.
class feedback_lists final : public answer_source, private link_observer, private timed {
 public:
  explicit feedback_lists(const client& redis);
  ~feedback_lists() override;

  /// Whether a conversation's answers come by a list.
  static bool names_list(std::string_view id) noexcept;

  std::string id_of(const std::string& uuid) const override;
  void open(const std::shared_ptr<lane_state>& which, envelope& what) override;
  void close(const lane_state& which) noexcept override;
  /// Goes on with a conversation whose message was sent long ago.
  void join(const std::shared_ptr<lane_state>& which);

 private:
  clock::duration pause() const;
  void set_clock();

  void on_link_ready() override;
  void on_time() override;

  std::shared_ptr<connection> link_;
  client redis_;
  bool prepared_ = false;
  std::map<const lane_state*, std::shared_ptr<list_lane>> open_;
};

}  // namespace sluice
