// All conversations that this process has begun, and the stream on which it hears their answers.
#pragma once

#include "app/answer_source.hpp"

#include "sluice/redis/client.hpp"
#include "sluice/stream/consumer.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// One reply stream for the whole process, not a key for each conversation: keys that never come to
/// life would leave something behind in the server's table of watched keys. Who answers may not
/// make it (`XADD NOMKSTREAM`), so that nothing is written for a process that is gone; it expires
/// when nobody renews it.
class conversations final : public answer_source,
                            public std::enable_shared_from_this<conversations>,
                            private link_observer,
                            private timed {
 public:
  conversations(const client& redis, std::string reply_stream);
  ~conversations() override;

  std::string id_of(const std::string& uuid) const override { return uuid; }
  void open(const std::shared_ptr<lane_state>& which, envelope& what) override;
  void close(const lane_state& which) noexcept override;
  /// Calls `tell` once the stream is there, or cannot be made: at once, if that is known. Who sends
  /// messages by another connection has to wait for it, as answers find no stream before.
  void when_there(std::function<void()> tell);
  /// Answers that nobody waited for: late ones, and those that came before.
  std::uint64_t dropped() const noexcept { return dropped_; }
  /// Hears nothing more.
  void end() noexcept;

 private:
  void begin();
  void renew();
  void trim();
  void make_stream();
  void on_stream_made(const error* failure);
  void make_again_later();
  void on_stream_lost();
  void fail_all(const error& why);
  void on_answer(const entry& from);
  static boost::asio::awaitable<void> listen(std::weak_ptr<conversations> whose,
                                             std::shared_ptr<consumer> from);

  void on_link_ready() override;
  void on_time() override;

  std::shared_ptr<connection> link_;
  client redis_;
  std::string stream_;
  std::map<std::string, std::weak_ptr<lane_state>, std::less<>> open_;
  std::shared_ptr<consumer> answers_;
  std::optional<entry_id> heard_;
  std::size_t untrimmed_ = 0;
  std::uint64_t dropped_ = 0;
  std::vector<std::function<void()>> when_there_;
  clock::duration pause_{0};  // after the last attempt to make it, if that failed
  bool there_ = false;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace sluice
