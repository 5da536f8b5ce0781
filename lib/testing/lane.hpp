// One direction of one proxied connection, without its sockets.
#pragma once

#include "resp/scanner.hpp"
#include "testing/fault_plan.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::testing {

/// Takes what one side sent and says what the other side shall get, and when, under a plan of
/// faults. It knows no socket and no clock: time is passed in, so each fault is tested to the byte.
class lane {
 public:
  using time_point = clock::time_point;

  /// What its driver shall do next.
  struct step {
    enum class kind {
      idle,        ///< Nothing until something is received or the plan changes.
      wait,        ///< Ask again at `until`, or earlier when something happens.
      send,        ///< Write `bytes`, then ask again.
      half_close,  ///< The source has ended in good order and everything has passed.
      close,       ///< End the connection in good order.
      reset,       ///< End the connection abruptly.
    };

    kind what = kind::idle;
    time_point until{};
    std::string bytes{};
  };

  /// The plan must outlive the lane.
  explicit lane(fault_plan& plan);

  /// The source sent these bytes.
  void receive(std::string_view bytes, time_point now);

  /// The source will send nothing more: it has closed its direction, or the connection was reset.
  void finish(cut how, time_point now);

  /// Lets these bytes pass between two frames.
  void inject(std::string_view bytes);

  /// Whether the source should not be read from for now.
  bool full() const noexcept { return waiting_ >= plan_.standing.window; }

  /// The next step. After `half_close`, `close` or `reset` there is no other.
  step next(time_point now);

 private:
  enum class content {
    frame,
    push,
    unknown,  ///< Not RESP, or no longer.
    extra,    ///< Of the proxy's own making: it does not count.
  };

  /// A part of a frame, or a whole one.
  struct segment {
    time_point due;
    content what;
    bool starts;  ///< Its first byte is a frame's first.
    bool ends;    ///< Its last byte is a frame's last.
    std::string bytes{};
    std::size_t gone = 0;  ///< How many of the bytes have left.
  };

  enum class verdict { pass, drop, lose };

  time_point due(time_point now);
  std::size_t scan_part(std::string_view bytes, time_point due);
  void enqueue(std::string_view bytes, segment part);

  std::string gather(time_point now);
  void admit_injected();
  std::size_t piece_limit() const noexcept;
  void begin_segment();
  void end_segment();
  bool strike(std::string& out);
  void append_piece(std::string& out, std::size_t limit);
  void take(std::string& out, std::size_t count);
  void put_in_front(std::string bytes);
  void vanish();
  void pace(std::size_t sent, time_point now);
  void cut_when_due();
  step rest(time_point now);

  fault_plan& plan_;

  // Arrival.
  resp::scanner scanner_;
  std::string partial_;  // the received part of a frame that is not complete yet
  content kind_ = content::unknown;
  bool opaque_ = false;  // not RESP: bytes pass uncounted
  time_point last_due_{};
  std::optional<cut> finished_;

  // Departure.
  std::deque<segment> queue_;
  std::size_t waiting_ = 0;  // bytes in the queue
  std::deque<std::string> injected_;
  bool inside_frame_ = false;
  verdict verdict_ = verdict::pass;
  cut lost_how_ = cut::reset;
  std::size_t to_repeat_ = 0;
  std::string repeated_;
  time_point not_before_{};
  std::optional<cut> cut_;
  bool over_ = false;
};

}  // namespace sluice::testing
