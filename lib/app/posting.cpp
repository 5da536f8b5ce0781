#include "app/posting.hpp"

#include "redis/call.hpp"

#include <utility>

namespace sluice {
namespace {

// Owns itself while the request is under way.
class posting final : public reply_sink {
 public:
  explicit posting(posting_handler done) : done_(std::move(done)) {}

  static void send(connection& link, std::string_view frame, risk when_cut, posting_handler done) {
    const auto sink = std::make_shared<posting>(std::move(done));
    sink->self_ = sink;
    const auto limit = link.options().timeout();
    const auto deadline = limit.count() == 0 ? clock::time_point::max() : link.now() + limit;
    link.submit({.frames = frame, .when_cut = when_cut, .deadline = deadline}, *sink);
  }

 private:
  void on_reply(const resp::value& value, const buffer_ref&) override {
    const auto self = std::exchange(self_, nullptr);
    if (!value.is_error()) return done_(value, nullptr);
    const auto why = server_error(value, "");
    done_(value, &why);
  }
  void on_failure(const error& why) override {
    const auto self = std::exchange(self_, nullptr);
    done_(resp::value(), &why);
  }

  posting_handler done_;
  std::shared_ptr<posting> self_;
};

}  // namespace

void post(connection& link, std::string_view frame, risk when_cut, posting_handler done) {
  posting::send(link, frame, when_cut, std::move(done));
}

}  // namespace sluice
