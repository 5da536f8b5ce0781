// A source that is a coroutine which yields its elements.
#pragma once

#include "sluice/flow/linked.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/stage.hpp"

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

namespace sluice::flow {

/// Takes what a coroutine yields. A base class, so that the coroutine need not know its pipeline.
///
/// Thread rule: used on the executor of its pipeline.
template <class T>
class yield_taker {
 public:
  /// Passes it on, and waits until there is room.
  ///
  /// Errors: none. Cancellation: it is passed on all the same. Cost: none.
  virtual boost::asio::awaitable<void> take(T what) = 0;

 protected:
  ~yield_taker() = default;
};

/// With this a coroutine gives one element after the other to its pipeline:
///
/// @code
/// asio::awaitable<void> lines(flow::yielder<std::string> yield) {
///   while (auto line = co_await next_line()) co_await yield(*std::move(line));
/// }
/// auto p = flow::from(lines) | flow::sink(write);
/// @endcode
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the coroutine it was given to.
template <class T>
class yielder {
 public:
  /// Of this run.
  explicit yielder(yield_taker<T>& to) noexcept : to_(&to) {}

  /// Gives one, and waits as long as the pipeline has no room for more.
  ///
  /// Errors: none. Cancellation: stopping the pipeline cancels the coroutine; the element is passed
  /// on all the same. Cost: none.
  boost::asio::awaitable<void> operator()(T what) const { return to_->take(std::move(what)); }

 private:
  yield_taker<T>* to_;
};

/// What a function's yielder takes; nothing for functions that have none.
///
/// Thread rule: stateless.
template <class Work>
struct yielded {};
/// Of a function.
///
/// Thread rule: stateless.
template <class T>
struct yielded<boost::asio::awaitable<void> (*)(yielder<T>)> {
  using type = T;
};
/// Of a lambda.
///
/// Thread rule: stateless.
template <class Of, class T>
struct yielded<boost::asio::awaitable<void> (Of::*)(yielder<T>) const> {
  using type = T;
};
/// Of a lambda that is mutable.
///
/// Thread rule: stateless.
template <class Of, class T>
struct yielded<boost::asio::awaitable<void> (Of::*)(yielder<T>)> {
  using type = T;
};
/// Of an object with one call operator.
///
/// Thread rule: stateless.
template <class Work>
requires requires { &Work::operator(); }
struct yielded<Work> : yielded<decltype(&Work::operator())> {};

template <class Work>
concept yields_elements = requires {
  typename yielded<std::decay_t<Work>>::type;
};

/// Runs the coroutine, and pushes what it yields.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <class T, class Work, class Next>
class yielding_node : public linked<Next>, private yield_taker<T> {
 public:
  /// Its coroutine begins with the run.
  template <class MakeNext>
  yielding_node(runtime& where, Work work, MakeNext& next)
      : linked<Next>(next),
        runtime_(where),
        report_(where.report("coroutine")),
        work_(std::move(work)) {
    where.at_stop(where.start(drive()));
  }

 private:
  // So often others have their turn, also where nothing ever waits.
  static constexpr unsigned breath = 256;

  boost::asio::awaitable<void> drive() {
    std::exception_ptr failure;
    try {
      co_await std::invoke(work_, yielder<T>(*this));
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure && !runtime_.stopping()) runtime_.fail(failure);
    this->finish();
  }

  boost::asio::awaitable<void> take(T what) override {
    ++report_.taken;
    this->next().push(item<T>{std::move(what), receipt()});
    while (this->full() && !runtime_.aborted()) co_await this->room();
    if (report_.taken % breath == 0) co_await runtime_.breathe();
  }

  runtime& runtime_;
  stage_report& report_;
  Work work_;
};

/// The source of a coroutine that yields.
///
/// Thread rule: a value until its pipeline runs.
template <class T, class Work>
class yielding_source : public source_base {
 public:
  using value_type = T;

  /// Of this coroutine.
  explicit yielding_source(Work work) : work_(std::move(work)) {}

  /// Its node.
  template <class MakeNext>
  auto make(runtime& where, MakeNext next) && {
    return yielding_node<T, Work, decltype(next())>(where, std::move(work_), next);
  }

 private:
  Work work_;
};

/// What a coroutine yields, by the `yielder` that it takes, until it returns. What it throws fails
/// the run. It is cancelled when the pipeline is stopped.
template <yields_elements Work>
auto from(Work work) {
  return yielding_source<typename yielded<Work>::type, Work>(std::move(work));
}

}  // namespace sluice::flow
