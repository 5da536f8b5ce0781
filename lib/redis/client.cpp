#include "sluice/redis/client.hpp"

#include "redis/call.hpp"
#include "redis/client_access.hpp"
#include "redis/exec.hpp"
#include "redis/guard.hpp"
#include "redis/presence.hpp"

#include "sluice/redis/script.hpp"
#include "sluice/redis/transaction.hpp"

#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

// The public functions are no coroutines: they check and copy their arguments when they are called,
// so that nothing dangles, and hand values to these, which also keep the client alive.

asio::awaitable<reply> run(client kept, command what) {
  auto& link = client_access::link(kept);
  return exec_keeping(std::move(kept), link, std::move(what));
}

asio::awaitable<std::chrono::microseconds> run_ping(client kept) {
  auto& link = client_access::link(kept);
  command what("PING");
  what.repeatable(true);
  const auto start = link.time().now();
  co_await run(kept, std::move(what));
  const auto elapsed = link.time().now() - start;
  co_return std::chrono::duration_cast<std::chrono::microseconds>(elapsed);
}

asio::awaitable<void> run_connect(client kept) {
  auto& link = client_access::link(kept);
  presence attempt(link, presence::of::attempt);
  if (attempt.must_wait()) co_await attempt.wait();
  attempt.check();
}

asio::awaitable<void> run_close(client kept) {
  auto& link = client_access::link(kept);
  presence end(link, presence::of::end);
  if (end.must_wait()) co_await end.wait();
}

}  // namespace

client::client(asio::any_io_executor executor, std::string_view url)
    : client(std::move(executor), connection_options(url)) {}

client::client(asio::any_io_executor executor, connection_options options)
    : client(connection::make(std::move(executor), std::move(options))) {}

client::client(std::shared_ptr<connection> link)
    : handle_(std::make_shared<handle>(std::move(link))) {}

asio::awaitable<void> client::connect() { return run_connect(*this); }

asio::awaitable<reply> client::exec(command what) {
  refuse_if_harmful(what);
  return run(*this, std::move(what));
}

asio::awaitable<std::chrono::microseconds> client::ping() { return run_ping(*this); }

asio::awaitable<void> client::close() {
  handle_->link->close();
  return run_close(*this);
}

void client::stop() noexcept { handle_->link->stop(); }

const capabilities& client::server() const noexcept { return handle_->link->server(); }

bool client::connected() const noexcept { return handle_->link->ready(); }

counters client::counters() const noexcept { return handle_->link->snapshot(); }

const connection_options& client::options() const noexcept { return handle_->link->options(); }

asio::any_io_executor client::get_executor() const noexcept { return handle_->link->executor(); }

}  // namespace sluice
