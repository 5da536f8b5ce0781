// The beats of a group's members on one connection: its own go out, everybody's come in.
#pragma once

#include "group/roster.hpp"
#include "redis/connection.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Part of a member on this connection, as its heart sees it.
class heart_bearer {
 public:
  /// The member's beats do not come back: others may soon believe it dead. It takes no new work.
  virtual void on_heart_lost() = 0;
  /// They do again.
  virtual void on_heart_back() = 0;
  /// The server lets this user not publish or listen.
  virtual void on_heart_refused(const error& why) = 0;
  /// Some member, anywhere, has fallen silent.
  virtual void on_silence() = 0;

 protected:
  ~heart_bearer() = default;
};

/// One for each group and connection, however many members live there. The channel is the group's
/// name and a beat is the member's, bare text: the same as the Python library streamz_redis beats,
/// so that its processes and ours hear each other.
class heart final : public std::enable_shared_from_this<heart>,
                    private channel_listener,
                    private link_observer,
                    private timed,
                    private turn_work {
 public:
  /// How often members beat, and after which silence they count as dead.
  struct rhythm {
    clock::duration interval;
    clock::duration silence;
  };

  static std::shared_ptr<heart> shared(connection& link, const std::string& group, rhythm how);
  ~heart();

  void join(const std::string& member, heart_bearer& who);
  void leave(const std::string& member, heart_bearer& who) noexcept;

  roster& heard() noexcept { return heard_; }
  /// Whether a member of this connection may count on being heard.
  bool beats(const std::string& member) const;

 private:
  class sent_beats;
  struct member_here {
    clock::time_point heard;  // or since when it should have been
    bool lost = false;
    std::vector<heart_bearer*> parts;
  };

  heart(connection& link, std::string group, rhythm how);
  void open();
  void open_channel();
  void beat();
  void stop_the_unheard(clock::time_point now);
  clock::time_point silence_to_prove() const;
  /// Between the next beat and the moment from which on others may count it as dead.
  clock::duration deaf_after() const { return (rhythm_.interval + rhythm_.silence) / 2; }
  void set_alarm();
  std::vector<heart_bearer*> all_parts() const;
  void tell_at_turn_end(std::function<void()> news);

  // channel_listener
  void on_message(std::string_view pattern, std::string_view channel,
                  std::string_view payload) override;
  void on_listening() override;
  void on_refused(const error& why) override;
  void on_interrupted() override { heard_.on_deaf(); }
  // link_observer
  void on_link_ready() override;
  // timed
  void on_time() override;
  // turn_work
  void on_turn_end() override;

  connection& link_;
  std::string group_;
  rhythm rhythm_;
  roster heard_;
  std::map<std::string, member_here, std::less<>> members_;
  clock::time_point last_beat_{};
  clock::time_point next_beat_{};
  clock::time_point alarm_at_{};
  bool refused_ = false;  // and told
  std::vector<std::function<void()>> news_;
};

}  // namespace sluice
