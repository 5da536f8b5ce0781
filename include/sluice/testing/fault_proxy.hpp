#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::testing {

class private_server;
class proxy_engine;

/// How a connection is brought to its end.
enum class cut {
  close,  ///< In good order: the client reads all that has passed, then the end (FIN).
  reset,  ///< Abruptly: the client gets `connection_reset` (RST). A Unix socket has no such thing
          ///< and is closed.
};

/// What went through one direction of a fault_proxy, over all connections since its start.
struct traffic {
  std::uint64_t bytes_received = 0;   ///< Bytes that arrived at the proxy.
  std::uint64_t bytes_passed = 0;     ///< Of these, bytes that left it. Injected ones do not count.
  std::uint64_t frames_received = 0;  ///< Whole commands or replies that arrived.
  std::uint64_t frames_passed = 0;    ///< Whole commands or replies that left.
  std::uint64_t pushes_received = 0;  ///< RESP3 pushes that arrived; they are not replies.
};

/// One direction of a fault_proxy: the requests or the replies of all its connections.
///
/// A *frame* is a command in the one direction and a reply in the other; a push is none. Frames are
/// recognised as long as the bytes are RESP; of TLS only bytes can be counted.
///
/// Standing faults hold until they are changed; a zero takes one back. They apply in this order:
/// a received chunk waits for its delay, hold() stops everything, drop() makes it vanish, what is
/// left is sliced and throttled. Faults with a position strike once, on whichever connection gets
/// there first. Positions count bytes or frames that *pass*, from the moment of the call, so that
/// what is still held or delayed is yet to be counted.
///
/// Every call takes effect before it returns. The object is a cheap handle, valid as long as its
/// proxy; calls chain. Thread rule: usable from any thread.
class fault_direction {
 public:
  /// Lets what is received from now on pass later by so much (latency).
  const fault_direction& delay(std::chrono::microseconds by) const;

  /// Adds a random time between zero and `up_to` to each chunk's delay. Order is kept.
  /// @param seed the same seed draws the same times.
  const fault_direction& jitter(std::chrono::microseconds up_to, std::uint64_t seed = 1) const;

  /// Lets at most so many bytes a second through on each connection.
  const fault_direction& throttle(std::uint64_t bytes_per_second) const;

  /// Passes the bytes on in pieces of at most `bytes`, each in a write of its own.
  /// @param pause time between two pieces; without one the receiver may see several at once.
  const fault_direction& slice(std::size_t bytes, std::chrono::microseconds pause = {}) const;

  /// Keeps everything back from now on, the end of the stream included: a link that has gone dead.
  /// Once window() is full the proxy stops reading, so that the sender feels it.
  const fault_direction& hold() const;

  /// Ends hold(): all that was kept back passes.
  const fault_direction& release() const;

  /// Makes everything vanish from now on, while the sender believes that it was sent.
  const fault_direction& drop() const;

  /// Ends drop(). What vanished stays lost, so a connection cut in mid-frame makes no sense now.
  const fault_direction& pass() const;

  /// Makes RESP3 pushes vanish, and only them: invalidations and messages that never come.
  const fault_direction& drop_pushes(bool on = true) const;

  /// How many bytes a connection may have waiting in the proxy before it stops reading.
  /// Default 1 MiB.
  const fault_direction& window(std::size_t bytes) const;

  /// Ends the connection when `bytes` more bytes have passed; with zero, instead of the next byte.
  const fault_direction& truncate(std::uint64_t bytes, cut how = cut::reset) const;

  /// Flips bits of the byte after the next `bytes`.
  /// @param mask the bits to flip, not zero.
  const fault_direction& corrupt(std::uint64_t bytes, unsigned char mask = 0xff) const;

  /// Sends `count` bytes twice, those after the next `bytes`.
  const fault_direction& duplicate(std::uint64_t bytes, std::size_t count) const;

  /// Slips bytes between two frames of every open connection: a push nobody sent, one reply too
  /// many. They pass as soon as no frame is half through.
  const fault_direction& inject(std::string_view bytes) const;

  /// Ends this direction of every open connection and leaves the other one open. Bytes that have
  /// not passed are lost.
  const fault_direction& half_close() const;

  /// Ends the connection as soon as `frames` more of them have passed.
  /// @throws std::invalid_argument for zero; truncate() can cut before the first byte.
  const fault_direction& cut_after(std::uint64_t frames, cut how) const;

  /// Keeps the `frame`-th frame from now to itself and then ends the connection: of replies, the
  /// outcome that a client cannot know.
  /// @throws std::invalid_argument for zero.
  const fault_direction& lose(std::uint64_t frame, cut how = cut::reset) const;

  /// The counts at this moment.
  traffic counts() const;

  /// Blocks the calling thread until `frames` frames have been received since the proxy's start.
  /// @return false when that takes longer than `limit`. Do not use it on the thread whose event
  ///   loop must first send what is waited for.
  bool wait_for_frames(std::uint64_t frames, std::chrono::milliseconds limit) const;

 private:
  friend class fault_proxy;
  fault_direction(proxy_engine& engine, bool replies) noexcept
      : engine_(&engine), replies_(replies) {}

  proxy_engine* engine_;
  bool replies_;
};

/// Stands between a client and a server and breaks things on request.
///
///     private_server redis;
///     fault_proxy proxy(redis);
///     sluice::client client(io.get_executor(), proxy.url());
///     proxy.replies().hold();                  // the client waits
///     proxy.replies().release();               // and is answered
///     proxy.requests().slice(1);               // commands arrive byte by byte
///     proxy.reset_after_replies(3);            // three answers, then connection reset
///     proxy.lose_reply();                      // executed, but the client cannot know
///
/// It listens on a TCP port of 127.0.0.1 and on a Unix socket, and opens one connection to the
/// server for each that it accepts. The client's side of a connection feels the fault; towards the
/// server the proxy only ever closes in good order, so that what passed is executed.
///
/// Thread rule: it works on a thread of its own, so a test may block, or run its own event loop, as
/// it likes. All members may be called from any thread, and have taken effect when they return.
class fault_proxy {
 public:
  /// Puts a proxy before the Unix socket of `server`, which may be down or restarted meanwhile.
  explicit fault_proxy(const private_server& server);

  /// Puts a proxy before any server, e.g. the TLS port of one.
  ///
  /// @param server `unix:///path` or `address:port` with a numeric address.
  /// @throws std::invalid_argument when it is neither.
  explicit fault_proxy(std::string_view server);

  fault_proxy(const fault_proxy&) = delete;
  fault_proxy& operator=(const fault_proxy&) = delete;

  /// Closes all connections and ends the thread.
  ~fault_proxy();

  /// `redis://127.0.0.1:port`, without user and password.
  std::string url() const;

  /// `unix:///path`, without user and password.
  std::string unix_url() const;

  /// The TCP port that it listens on.
  std::uint16_t port() const noexcept;

  /// What the client sends.
  fault_direction requests() noexcept { return {*engine_, false}; }

  /// What the server sends.
  fault_direction replies() noexcept { return {*engine_, true}; }

  /// requests().cut_after(): the server has still received the last command.
  void close_after_commands(std::uint64_t count) { requests().cut_after(count, cut::close); }

  /// requests().cut_after(): the server has still received the last command.
  void reset_after_commands(std::uint64_t count) { requests().cut_after(count, cut::reset); }

  /// replies().cut_after(): the client may still read the last reply.
  void close_after_replies(std::uint64_t count) { replies().cut_after(count, cut::close); }

  /// replies().cut_after(): the reset may overtake the last reply on its way through the client's
  /// kernel, as it may in life.
  void reset_after_replies(std::uint64_t count) { replies().cut_after(count, cut::reset); }

  /// replies().lose(): the server executed the command and the client never learns it.
  void lose_reply(std::uint64_t which = 1) { replies().lose(which); }

  /// Closes every open connection; what has not passed is lost.
  void close();

  /// Resets every open connection; what has not passed is lost.
  void reset();

  /// Refuses new connections, as when no server listens. Open ones go on.
  void refuse_connections();

  /// Accepts new connections and lets all they send vanish; the server never hears of them.
  void swallow_connections();

  /// Lets new TCP connections hang in their handshake, as when a packet filter drops them. Over the
  /// Unix socket, which has no handshake, they are accepted by the kernel and never served.
  void stall_connections();

  /// Ends the three above. Connections that were swallowed stay so until they are closed.
  void accept_connections();

  /// Takes back every fault of both directions and accepts connections again. Held bytes pass.
  void heal();

  /// Connections accepted since the start, swallowed ones included.
  std::uint64_t connections() const;

  /// Connections open at this moment.
  std::size_t open_connections() const;

 private:
  std::unique_ptr<proxy_engine> engine_;
};

}  // namespace sluice::testing
