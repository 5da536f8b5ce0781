#include "sluice/stream/producer.hpp"

#include "core/bounded.hpp"
#include "redis/call.hpp"
#include "stream/added.hpp"
#include "stream/outlet.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace sluice {
namespace {

using outlet_ptr = std::shared_ptr<outlet>;

// Whether a command was not executed because the server has lost the script, as by SCRIPT FLUSH.
bool lacks_script(const call& operation, const addition& what) {
  if (!what.needs_script()) return false;
  for (std::size_t i = 0; i < what.replies(); ++i) {
    const auto& each = operation.reply_at(i).value();
    if (each.is_error() && classify_server_error(each.text()) == errc::no_script) return true;
  }
  return false;
}

boost::asio::awaitable<std::vector<entry_id>> run_add(outlet_ptr out, std::string stream,
                                                      addition what, std::size_t entries,
                                                      std::chrono::milliseconds timeout) {
  std::vector<entry_id> ids;
  call operation(out->link(), timeout);
  if (operation.must_wait_for_room(what.frames().size())) co_await operation.wait();
  operation.start(what.frames(), what.replies(), what.when_cut());
  if (operation.pending()) co_await operation.wait();
  operation.check_delivery("XADD");
  std::size_t at = 0;
  if (lacks_script(operation, what)) {
    operation.start(what.frames_with_script(), what.replies() + 1, what.when_cut());
    if (operation.pending()) co_await operation.wait();
    operation.check_delivery("XADD");
    at = 1;
  }
  ids.reserve(entries);
  for (std::size_t i = 0; i < what.commands(); ++i, at += what.replies_each()) {
    auto text = ids_of(operation, at, out->stored(), stream);
    while (!text.empty()) ids.push_back(take_id(text, stream));
  }
  out->link().counted().entries_added += ids.size();
  co_return ids;
}

// One entry without the detour over vectors: this is the way that most entries go.
boost::asio::awaitable<entry_id> run_add_one(outlet_ptr out, std::string stream, addition what,
                                             std::chrono::milliseconds timeout) {
  call operation(out->link(), timeout);
  if (operation.must_wait_for_room(what.frames().size())) co_await operation.wait();
  operation.start(what.frames(), what.replies(), what.when_cut());
  if (operation.pending()) co_await operation.wait();
  operation.check_delivery("XADD");
  std::size_t at = 0;
  if (lacks_script(operation, what)) {
    operation.start(what.frames_with_script(), what.replies() + 1, what.when_cut());
    if (operation.pending()) co_await operation.wait();
    operation.check_delivery("XADD");
    at = 1;
  }
  auto text = ids_of(operation, at, out->stored(), stream);
  const auto id = take_id(text, stream);
  ++out->link().counted().entries_added;
  co_return id;
}

/// Waits for room in the window, or for everything to be confirmed.
class window_wait final : public waiter {
 public:
  explicit window_wait(outlet& out) : waiter(out.link().waiters()), out_(out) {}
  ~window_wait() { out_.forget(*this); }

 private:
  void on_cancel() noexcept override { out_.forget(*this); }
  void on_ready() noexcept override { out_.link().schedule_turn(); }

  outlet& out_;
};

boost::asio::awaitable<void> run_send(outlet_ptr out, addition what,
                                      std::chrono::milliseconds timeout) {
  window_wait room(*out);
  while (!out->has_room(what.frames().size())) {
    out->wait_for_room(room);
    co_await room.wait();
    if (room.was_cancelled()) throw error(errc::cancelled, "cancelled before it was queued");
  }
  if (out->link().closed()) throw error(errc::closed, "the client was closed");
  const auto limit = timeout.count() < 0 ? out->link().options().timeout() : timeout;
  const auto deadline =
      limit.count() == 0 ? clock::time_point::max() : out->link().now() + bounded(limit);
  out->send(std::move(what), deadline);
}

boost::asio::awaitable<void> run_flush(outlet_ptr out) {
  window_wait confirmed(*out);
  while (out->unconfirmed()) {
    out->wait_for_confirmation(confirmed);
    co_await confirmed.wait();
    if (confirmed.was_cancelled()) throw error(errc::cancelled, "cancelled while flushing");
  }
  out->throw_failures();
}

}  // namespace

add_options& add_options::once(std::string_view key) {
  if (key.empty() || key.size() > key_.size()) {
    throw error(errc::invalid_argument, "a key of one's own has 1 to 256 bytes");
  }
  std::copy(key.begin(), key.end(), key_.begin());
  key_size_ = static_cast<std::uint16_t>(key.size());
  return *this;
}

producer::producer(client redis, durability stored)
    : outlet_(std::make_shared<outlet>(std::move(redis), stored)) {}

producer::producer(producer&&) noexcept = default;
producer& producer::operator=(producer&&) noexcept = default;
producer::~producer() = default;

producer& producer::window(std::size_t entries, std::size_t bytes) {
  if (entries == 0 || bytes == 0) {
    throw error(errc::invalid_argument, "a producer's window needs room for one entry");
  }
  outlet_->set_window(entries, bytes);
  return *this;
}

producer& producer::named(std::string_view name, std::chrono::milliseconds memory) {
  outlet_->set_identity(name, memory);
  return *this;
}

boost::asio::awaitable<entry_id> producer::add(std::string_view stream, const fields& what,
                                               add_options how) {
  auto one = outlet_->compose(stream, std::span(&what, 1), how);
  return run_add_one(outlet_, std::string(stream), std::move(one), how.timeout());
}

boost::asio::awaitable<std::vector<entry_id>> producer::add_many(std::string_view stream,
                                                                 const std::vector<fields>& what,
                                                                 add_options how) {
  if (what.empty()) throw error(errc::invalid_argument, "add_many needs at least one entry");
  if (how.id() && what.size() > 1) {
    throw error(errc::invalid_argument, "one id cannot be given to several entries");
  }
  auto many = outlet_->compose(stream, what, how);
  return run_add(outlet_, std::string(stream), std::move(many), what.size(), how.timeout());
}

boost::asio::awaitable<void> producer::send(std::string_view stream, const fields& what,
                                            add_options how) {
  return run_send(outlet_, outlet_->compose(stream, std::span(&what, 1), how), how.timeout());
}

boost::asio::awaitable<void> producer::flush() { return run_flush(outlet_); }

std::size_t producer::failures() const noexcept { return outlet_->failures(); }

}  // namespace sluice
