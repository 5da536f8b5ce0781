// A suspended coroutine, kept as a node in its own frame: waiting allocates nothing.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace sluice {

class waiter;

/// A doubly linked list of waiters; a waiter stands in one list at a time.
class waiter_list {
 public:
  waiter_list() = default;
  waiter_list(const waiter_list&) = delete;
  waiter_list& operator=(const waiter_list&) = delete;

  bool empty() const noexcept { return first_ == nullptr; }
  waiter* front() const noexcept { return first_; }
  void push_back(waiter& who) noexcept;
  void remove(waiter& who) noexcept;

 private:
  waiter* first_ = nullptr;
  waiter* last_ = nullptr;
};

/// Where waiters stand while nothing has come for them, and where they queue to be resumed. All of
/// it belongs to one executor.
class resume_queue {
 public:
  explicit resume_queue(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  const boost::asio::any_io_executor& executor() const noexcept { return executor_; }
  bool has_ready() const noexcept { return !ready_.empty(); }
  /// Resumes everyone who is ready, also those who become so meanwhile.
  void resume_ready();
  /// Destroys all suspended coroutines; their frames unwind. For the end of the execution context.
  void destroy_all();

 private:
  friend class waiter;
  boost::asio::any_io_executor executor_;
  waiter_list suspended_;
  waiter_list ready_;
};

/// One coroutine's wait. It lives in the coroutine's frame, which is destroyed with it when the
/// execution context ends first.
class waiter {
 public:
  explicit waiter(resume_queue& home) noexcept : home_(home) {}
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;

  /// `co_await who.wait();` suspends until `make_ready()`.
  auto wait() noexcept { return suspension(*this); }

  /// Lets the coroutine go on, in the turn that runs or in the next one. Without effect when it
  /// does not wait. Returns whether it waited.
  bool make_ready() noexcept;
  bool waits() const noexcept { return state_ == state::suspended; }
  /// True once the caller's cancellation slot was used.
  bool was_cancelled() const noexcept { return cancelled_; }

 protected:
  // Only an idle waiter is destroyed: a frame that waits is owned by the handler stored in it.
  ~waiter() = default;
  /// The caller cancelled a wait; the waiter is made ready afterwards.
  virtual void on_cancel() noexcept {}
  /// It became ready outside of a turn: somebody has to run one.
  virtual void on_ready() noexcept = 0;

 private:
  friend class waiter_list;
  friend class resume_queue;

  enum class state : unsigned char { idle, suspended, ready };

  // What `co_await` takes: an asynchronous operation with the signature void().
  class suspension {
   public:
    explicit suspension(waiter& who) noexcept : who_(&who) {}
    // Asio also tries whether this takes a coroutine frame's address; it does not.
    template <class Token>
    requires(!std::is_pointer_v<std::remove_reference_t<Token>>) auto operator()(
        Token&& token) const {
      return boost::asio::async_initiate<Token, void()>(initiation{who_}, token);
    }

   private:
    struct initiation {
      waiter* who;
      template <class Handler>
      void operator()(Handler&& handler) const {
        who->suspend(std::forward<Handler>(handler));
      }
    };
    waiter* who_;
  };

  struct cancel_handler {
    waiter* who;
    void operator()(boost::asio::cancellation_type) const noexcept { who->cancel(); }
  };

  struct operations {
    void (*resume)(waiter&);
    void (*destroy)(waiter&);
  };

  template <class Handler>
  struct stored {
    static Handler take(waiter& who) {
      auto* const place = std::launder(reinterpret_cast<Handler*>(who.storage_));
      Handler taken(std::move(*place));
      place->~Handler();
      return taken;
    }
    // From here on the waiter may be gone: the frame that holds it runs on, or unwinds.
    static void resume(waiter& who) {
      const bool at_home = boost::asio::get_associated_executor(
                               *std::launder(reinterpret_cast<Handler*>(who.storage_)),
                               who.home_.executor()) == who.home_.executor();
      Handler handler = take(who);
      if (at_home) {
        std::move(handler)();
      } else {
        boost::asio::dispatch(std::move(handler));
      }
    }
    static void destroy(waiter& who) { const Handler dropped = take(who); }
    static constexpr operations table{&resume, &destroy};
  };

  template <class Handler>
  void suspend(Handler&& handler) {
    using handler_type = std::decay_t<Handler>;
    static_assert(sizeof(handler_type) <= sizeof(storage_) &&
                      alignof(handler_type) <= alignof(std::max_align_t),
                  "enlarge waiter::storage_ for this version of Asio");
    const auto slot = boost::asio::get_associated_cancellation_slot(handler);
    new (storage_) handler_type(std::forward<Handler>(handler));
    operations_ = &stored<handler_type>::table;
    begin_wait();
    if (slot.is_connected()) listen_for_cancellation(slot);
  }

  template <class Slot>
  void listen_for_cancellation(Slot slot) {
    slot.assign(cancel_handler{this});
    disconnect_ = [](waiter& who) {
      auto* const connected = std::launder(reinterpret_cast<Slot*>(who.slot_storage_));
      connected->clear();
    };
    static_assert(sizeof(Slot) <= sizeof(slot_storage_) && std::is_trivially_destructible_v<Slot>);
    new (slot_storage_) Slot(slot);
  }

  void begin_wait() noexcept;
  void cancel() noexcept;
  void resume();
  void destroy();

  resume_queue& home_;
  waiter* previous_ = nullptr;
  waiter* next_ = nullptr;
  const operations* operations_ = nullptr;
  void (*disconnect_)(waiter&) = nullptr;
  state state_ = state::idle;
  bool cancelled_ = false;
  alignas(void*) std::byte slot_storage_[2 * sizeof(void*)];
  alignas(std::max_align_t) std::byte storage_[6 * sizeof(void*)];
};

}  // namespace sluice
