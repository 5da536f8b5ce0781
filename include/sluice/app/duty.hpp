// What a listener does: it handles messages, and may have something to flush.
#pragma once

#include "sluice/app/handler.hpp"
#include "sluice/app/request.hpp"
#include "sluice/app/signature.hpp"
#include "sluice/core/read_form.hpp"

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

/// Writes away what an object has gathered.
using flush_handler = std::function<boost::asio::awaitable<void>()>;

/// A handler, and the object behind it if that has to be flushed.
///
/// Thread rule: a value. Copies are the same handler, and the same object.
class duty {
 public:
  /// Handles, and that is all.
  explicit duty(request_handler handler) : handler_(std::move(handler)) {}
  /// Handles by means of an object that is flushed now and then.
  duty(request_handler handler, std::shared_ptr<const void> object, flush_handler flush);

  /// What handles.
  const request_handler& handler() const noexcept { return handler_; }
  /// Null where nothing has to be flushed.
  const std::shared_ptr<class flushable>& flush() const noexcept { return flush_; }

 private:
  request_handler handler_;
  std::shared_ptr<class flushable> flush_;
};

/// An object with a member function `consume`, which is a handler of any form.
template <class T>
concept consuming = requires {
  &T::consume;
};

/// An object with a member function `flush()`, a coroutine or a plain function.
template <class T>
concept flushing = requires(T& what) {
  what.flush();
};

/// Calls `consume` of an object that several may hold.
template <consuming Object>
struct consume_of {
  std::shared_ptr<Object> object;

  /// Forwards everything.
  template <class... Arguments>
  decltype(auto) operator()(Arguments&&... arguments) const {
    return object->consume(std::forward<Arguments>(arguments)...);
  }
};

/// Flushes an object.
///
/// Errors: those of its `flush`. Cancellation: its own. Cost: its own.
template <flushing Object>
boost::asio::awaitable<void> flush_object(std::shared_ptr<Object> object) {
  if constexpr (std::is_void_v<decltype(object->flush())>) {
    object->flush();
  } else {
    auto running = object->flush();
    co_await std::move(running);
  }
  co_return;
}

/// The duty of an object with `consume`, and perhaps `flush`.
template <std::size_t names, consuming Object>
duty make_duty(std::shared_ptr<Object> object, std::vector<std::string> chosen,
               unknown_fields policy) {
  using form = typename member_signature<decltype(&Object::consume)>::type;
  static_assert(takes_arguments<form, names>(),
                "consume takes a request& first, if at all, and then the message as one value, or "
                "as many as sluice::arguments names");
  auto handler = make_handler<form>(consume_of<Object>{object}, std::move(chosen), policy);
  if constexpr (flushing<Object>) {
    return duty(std::move(handler), object, [object] { return flush_object(object); });
  } else {
    return duty(std::move(handler));
  }
}

/// The duty of a function in any of a handler's forms, or of an object with `consume`, which is
/// moved in.
template <std::size_t names, class Handler>
duty make_duty(Handler handler, std::vector<std::string> chosen, unknown_fields policy) {
  if constexpr (consuming<Handler>) {
    return make_duty<names>(std::make_shared<Handler>(std::move(handler)), std::move(chosen),
                            policy);
  } else {
    using form = typename signature_of<Handler>::type;
    static_assert(takes_arguments<form, names>(),
                  "a handler takes a request& first, if at all, and then the message as one value, "
                  "or as many as sluice::arguments names");
    return duty(make_handler<form>(std::move(handler), std::move(chosen), policy));
  }
}

}  // namespace sluice
