#include "testing/proxy_engine.hpp"

namespace sluice::testing {

proxy_engine::proxy_engine(stream_endpoint server)
    : server_(std::move(server)),
      work_(io_.get_executor()),
      listener_(io_, [this](stream_socket client) { accept(std::move(client)); }),
      thread_([this] { io_.run(); }) {}

proxy_engine::~proxy_engine() {
  on_thread([](proxy_engine& engine) {
    engine.listener_.close();
    engine.for_each([](proxy_connection& connection) { connection.end(cut::close); });
    engine.work_.reset();
  });
  thread_.join();
}

void proxy_engine::wake() {
  for_each([](proxy_connection& connection) { connection.wake(); });
}

void proxy_engine::accept(stream_socket client) {
  ++accepted_;
  auto connection = std::make_shared<proxy_connection>(std::move(client), requests_, replies_);
  connections_.insert(connection);
  auto forget = [this, key = std::weak_ptr(connection)] { connections_.erase(key.lock()); };
  if (swallowing_) {
    connection->swallow(std::move(forget));
  } else {
    connection->run(server_, std::move(forget));
  }
}

}  // namespace sluice::testing
