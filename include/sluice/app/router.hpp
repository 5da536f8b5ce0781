// Listeners declared in one place and included in another.
#pragma once

#include "sluice/app/arguments.hpp"
#include "sluice/app/duty.hpp"
#include "sluice/app/listener_options.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// Listeners without an app: declared in a file of their own, and included by the apps that want
/// them, below a prefix. It may be included by several, more than once, and in other routers; each
/// time it gives the listeners that it has then.
///
/// @code
/// sluice::router charges;
/// charges.listen("charge", charge).listen("refund", refund);
/// app.include(charges, "billing.");  // billing.charge, billing.refund
/// @endcode
///
/// Handlers are not copied: what they capture, and objects that consume, are there once for all
/// who include them, and live as long as the last of them.
///
/// Thread rule: a value. Apps that include the same router share its handlers, and so a thread.
class router {
 public:
  /// One listener.
  struct entry {
    std::string topic;
    duty what;
    listener_options how;

    /// Of a topic without its prefix.
    entry(std::string topic_name, duty does, listener_options options)
        : topic(std::move(topic_name)), what(std::move(does)), how(std::move(options)) {}
  };

  /// Declares a listener, in any form that `app::listen` takes.
  ///
  /// Throws `error` with `errc::invalid_argument` for an empty topic.
  template <class Handler>
  router& listen(std::string topic, Handler handler, listener_options how = listener_options()) {
    return add(std::move(topic), make_duty<0>(std::move(handler), {}, how.unknown()),
               std::move(how));
  }
  /// The same of a handler that takes chosen fields.
  ///
  /// Throws `error` with `errc::invalid_argument` for an empty topic.
  template <std::size_t count, class Handler>
  router& listen(std::string topic, const arguments<count>& names, Handler handler,
                 listener_options how = listener_options()) {
    return add(std::move(topic), make_duty<count>(std::move(handler), names.names(), how.unknown()),
               std::move(how));
  }

  /// Takes the listeners of another router in, with `prefix` before their topics.
  router& include(const router& other, std::string_view prefix = {});

  /// All listeners, in the order of their declaration.
  const std::vector<entry>& entries() const noexcept { return entries_; }

 private:
  router& add(std::string topic, duty what, listener_options how);

  std::vector<entry> entries_;
};

}  // namespace sluice
