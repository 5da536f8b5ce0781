#include "app/scaled_reception.hpp"

#include "app/backlog_watch.hpp"

#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

class scaled_reception final : public reception {
 public:
  scaled_reception(std::unique_ptr<reception> inner, std::shared_ptr<backlog_watch> watch)
      : inner_(std::move(inner)), watch_(std::move(watch)) {
    watch_->begin(inner_);
  }
  ~scaled_reception() override { watch_->end(); }

  asio::awaitable<void> run() override { return inner_->run(); }
  void stop() noexcept override {
    watch_->end();
    inner_->stop();
  }

 private:
  std::shared_ptr<reception> inner_;
  std::shared_ptr<backlog_watch> watch_;
};

}  // namespace

std::unique_ptr<reception> receive_at(const std::shared_ptr<topic_desk>& desk,
                                      const std::shared_ptr<connection>& link, main_stream& from,
                                      const std::string& topic, const std::string& group) {
  if (!desk->how().scaling().varies()) {
    return from.receive(topic, group, desk->how(),
                        [desk](arrival what) { return topic_desk::handle(desk, std::move(what)); });
  }
  const auto watch = std::make_shared<backlog_watch>(link, desk, topic, group);
  auto work = [desk, watch](arrival what) {
    watch->on_message();
    return topic_desk::handle(desk, std::move(what));
  };
  auto inner = from.receive(topic, group, desk->how(), std::move(work));
  return std::make_unique<scaled_reception>(std::move(inner), watch);
}

}  // namespace sluice
