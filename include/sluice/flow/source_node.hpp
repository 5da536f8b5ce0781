// What drives elements into a pipeline.
#pragma once

#include "sluice/flow/linked.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace sluice::flow {

/// Asks a source for one element after the other and pushes it, as long as there is room.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <class Source, class Next>
class source_node : public linked<Next> {
 public:
  /// Its task begins with the run.
  template <class MakeNext>
  source_node(runtime& where, Source from, MakeNext& next)
      : linked<Next>(next),
        runtime_(where),
        report_(where.report(Source::name)),
        from_(std::move(from)) {
    if constexpr (requires { from_.join(where); }) from_.join(where);
    const auto cancel = where.start(drive());
    where.at_stop([this, cancel] {
      from_.close();
      if constexpr (requires { Source::cancelled_to_stop; }) {
        if (asking_) cancel();
      }
    });
  }

 private:
  using element = item<typename Source::value_type>;

  // So often others have their turn, also where nothing ever waits.
  static constexpr unsigned breath = 256;

  // Those behind it hear of the end however it comes: they pass on what they have gathered, and let
  // go what waits with them. Only what is cancelled is handed back, and not passed on.
  boost::asio::awaitable<void> drive() {
    std::exception_ptr failure;
    try {
      co_await give_all();
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure && runtime_.aborted()) co_return;
    if (failure) runtime_.fail(failure);
    this->finish();
  }

  boost::asio::awaitable<void> give_all() {
    unsigned pushed = 0;
    while (!runtime_.stopping()) {
      pushed += push_what_is_there();
      if (!this->full()) {
        auto given = co_await ask();
        if (!given) break;
        push_on(*std::move(given));
        ++pushed;
      }
      // Nothing is waited for once it stops: that may have cancelled this coroutine, or may yet do
      // so in a later turn, while the source gave something all the same. A wait would throw then,
      // and those behind it would not hear of the end.
      while (this->full() && !runtime_.stopping()) co_await this->room();
      if (pushed >= breath && !runtime_.stopping()) {
        pushed = 0;
        co_await runtime_.breathe();
      }
    }
  }

  // What it throws fails the run, unless it was cancelled to stop.
  boost::asio::awaitable<std::optional<element>> ask() {
    std::optional<element> found;
    std::exception_ptr failure;
    asking_ = true;
    try {
      found = co_await from_.next();
    } catch (...) {
      failure = std::current_exception();
    }
    asking_ = false;
    if (failure && !runtime_.stopping()) runtime_.fail(failure);
    co_return found;
  }

  // What is lost on its way, as somebody there threw, is not done.
  void push_on(element&& what) {
    ++report_.taken;
    receipt duty = what.from;
    try {
      this->next().push(std::move(what));
    } catch (...) {
      duty.fail(std::current_exception(), verdict::nack());
      throw;
    }
  }

  // Elements that cost no wait.
  unsigned push_what_is_there() {
    unsigned pushed = 0;
    if constexpr (requires { from_.take(); }) {
      while (pushed < breath && !this->full()) {
        auto given = from_.take();
        if (!given) break;
        push_on(*std::move(given));
        ++pushed;
      }
    }
    return pushed;
  }

  runtime& runtime_;
  stage_report& report_;
  Source from_;
  bool asking_ = false;
};

/// The node of a source with the nodes behind it.
template <class Source, class MakeNext>
auto make_source(runtime& where, Source from, MakeNext next) {
  if constexpr (requires { std::move(from).make(where, next); }) {
    return std::move(from).make(where, next);
  } else {
    return source_node<Source, decltype(next())>(where, std::move(from), next);
  }
}

}  // namespace sluice::flow
