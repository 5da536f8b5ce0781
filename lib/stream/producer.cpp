#include "sluice/stream/producer.hpp"

#include "redis/call.hpp"
#include "stream/add_command.hpp"
#include "stream/outlet.hpp"

#include <string>
#include <utility>

namespace sluice {
namespace {

using outlet_ptr = std::shared_ptr<outlet>;

entry_id id_of(const reply& added, const std::string& stream) {
  if (added.is_null()) {
    throw error(errc::no_such_key, diagnostics("the stream does not exist and was not to be made")
                                       .command("XADD")
                                       .stream(stream));
  }
  if (const auto id = entry_id::parse(added.value().text())) return *id;
  throw error(
      errc::unexpected_reply,
      diagnostics("XADD answered with something that is no id").command("XADD").stream(stream));
}

// The server refuses ids that do not grow with a plain ERR; to the caller it is a bad argument.
[[noreturn]] void rethrow_add_error(const error& why, const std::string& stream) {
  const bool id_too_small =
      why.which() == errc::server_error &&
      why.why().server_text().find("ID specified in XADD") != std::string::npos;
  auto code = id_too_small ? make_error_code(errc::invalid_argument) : why.code();
  throw error(code, diagnostics(why.why()).stream(stream));
}

entry_id judge(const call& operation, std::size_t index, const outlet& out,
               const std::string& stream) {
  const auto each = out.stored().needs_wait() ? std::size_t{2} : std::size_t{1};
  const auto& added = operation.reply_at(index * each);
  if (added.value().is_error()) {
    rethrow_add_error(server_error(added.value(), "XADD"), stream);
  }
  const auto id = id_of(added, stream);
  if (each == 1) return id;
  const auto& waited = operation.reply_at(index * each + 1).value();
  if (waited.is_error()) {
    throw error(classify_server_error(waited.text()),
                diagnostics("stored on the master, but the wait for its copies failed")
                    .server_text(std::string(waited.text()))
                    .stream(stream)
                    .id(id.to_string()));
  }
  if (const auto shortfall = durability_shortfall(waited, out.stored())) {
    throw error(shortfall->code(), diagnostics(shortfall->why()).stream(stream).id(id.to_string()));
  }
  return id;
}

boost::asio::awaitable<std::vector<entry_id>> run_add(outlet_ptr out, std::string stream,
                                                      std::string frames, std::size_t entries,
                                                      std::chrono::milliseconds timeout) {
  std::vector<entry_id> ids;
  call operation(out->link(), timeout);
  if (operation.must_wait_for_room(frames.size())) co_await operation.wait();
  const auto each = out->stored().needs_wait() ? std::size_t{2} : std::size_t{1};
  operation.start(frames, static_cast<std::uint32_t>(entries * each), risk::once);
  if (operation.pending()) co_await operation.wait();
  operation.check_delivery("XADD");
  ids.reserve(entries);
  for (std::size_t i = 0; i < entries; ++i) ids.push_back(judge(operation, i, *out, stream));
  out->link().counted().entries_added += entries;
  co_return ids;
}

// One entry without the detour over vectors: this is the way that most entries go.
boost::asio::awaitable<entry_id> run_add_one(outlet_ptr out, std::string stream, std::string frames,
                                             std::chrono::milliseconds timeout) {
  call operation(out->link(), timeout);
  if (operation.must_wait_for_room(frames.size())) co_await operation.wait();
  operation.start(frames, out->stored().needs_wait() ? 2 : 1, risk::once);
  if (operation.pending()) co_await operation.wait();
  operation.check_delivery("XADD");
  const auto id = judge(operation, 0, *out, stream);
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

boost::asio::awaitable<void> run_send(outlet_ptr out, std::string frame,
                                      std::chrono::milliseconds timeout) {
  window_wait room(*out);
  while (!out->has_room(frame.size())) {
    out->wait_for_room(room);
    co_await room.wait();
    if (room.was_cancelled()) throw error(errc::cancelled, "cancelled before it was queued");
  }
  if (out->link().closed()) throw error(errc::closed, "the client was closed");
  const auto limit = timeout.count() < 0 ? out->link().options().timeout() : timeout;
  const auto deadline = limit.count() == 0 ? clock::time_point::max() : out->link().now() + limit;
  out->send(std::move(frame), deadline);
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

boost::asio::awaitable<entry_id> producer::add(std::string_view stream, const fields& what,
                                               add_options how) {
  auto frame = add_command::encode(stream, what, how);
  frame += outlet_->durability_command();
  return run_add_one(outlet_, std::string(stream), std::move(frame), how.timeout());
}

boost::asio::awaitable<std::vector<entry_id>> producer::add_many(std::string_view stream,
                                                                 const std::vector<fields>& what,
                                                                 add_options how) {
  if (what.empty()) throw error(errc::invalid_argument, "add_many needs at least one entry");
  if (how.id() && what.size() > 1) {
    throw error(errc::invalid_argument, "one id cannot be given to several entries");
  }
  std::string frames;
  const auto durable = outlet_->durability_command();
  for (const auto& each : what) {
    frames += add_command::encode(stream, each, how);
    frames += durable;
  }
  return run_add(outlet_, std::string(stream), std::move(frames), what.size(), how.timeout());
}

boost::asio::awaitable<void> producer::send(std::string_view stream, const fields& what,
                                            add_options how) {
  return run_send(outlet_, add_command::encode(stream, what, how), how.timeout());
}

boost::asio::awaitable<void> producer::flush() { return run_flush(outlet_); }

std::size_t producer::failures() const noexcept { return outlet_->failures(); }

}  // namespace sluice
