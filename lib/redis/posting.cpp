#include "redis/posting.hpp"

#include "redis/call.hpp"

#include <optional>
#include <utility>

namespace sluice {
namespace {

// Owns itself while the request is under way.
class posting final : public reply_sink {
 public:
  posting(std::uint32_t replies, posting_handler done)
      : expected_(replies), done_(std::move(done)) {}

  static void send(connection& link, std::string_view frames, std::uint32_t replies, risk when_cut,
                   posting_handler done, endurance how_long = endurance::usual) {
    const auto sink = std::make_shared<posting>(replies, std::move(done));
    sink->self_ = sink;
    const auto limit = link.options().timeout();
    const bool endless = how_long == endurance::endless || limit.count() == 0;
    const auto deadline = endless ? clock::time_point::max() : link.now() + limit;
    link.submit({.frames = frames, .replies = replies, .when_cut = when_cut, .deadline = deadline},
                *sink);
  }

 private:
  void on_reply(const resp::value& value, const buffer_ref&) override {
    note_error(value);
    if (++answered_ < expected_) return;
    const auto self = std::exchange(self_, nullptr);
    if (expected_ > 1 && value.is_aggregate()) {
      for (const auto& each : value) note_error(each);
    }
    done_(value, failure_ ? &*failure_ : nullptr);
  }
  void on_failure(const error& why) override {
    const auto self = std::exchange(self_, nullptr);
    done_(resp::value(), &why);
  }
  void on_repeated() noexcept override {
    answered_ = 0;
    failure_.reset();
  }

  void note_error(const resp::value& value) {
    if (value.is_error() && !failure_) failure_ = server_error(value, "");
  }

  std::uint32_t expected_;
  std::uint32_t answered_ = 0;
  std::optional<error> failure_;
  posting_handler done_;
  std::shared_ptr<posting> self_;
};

}  // namespace

void post(connection& link, std::string_view frame, risk when_cut, posting_handler done) {
  posting::send(link, frame, 1, when_cut, std::move(done));
}

void post_unit(connection& link, const std::vector<command>& commands, risk when_cut,
               posting_handler done, endurance how_long) {
  auto frames = command("MULTI").frame();
  for (const auto& each : commands) frames += each.frame();
  frames += command("EXEC").frame();
  posting::send(link, frames, static_cast<std::uint32_t>(commands.size() + 2), when_cut,
                std::move(done), how_long);
}

}  // namespace sluice
