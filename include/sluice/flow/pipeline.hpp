// Something that elements flow through, from a source to a sink.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/source_node.hpp"
#include "sluice/flow/stage_report.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::flow {

/// The nodes of a pipeline that runs. A base class, so that `pipeline` need not name their types.
///
/// Thread rule: used on the executor of its pipeline.
class nodes {
 public:
  nodes() = default;
  nodes(const nodes&) = delete;
  nodes& operator=(const nodes&) = delete;
  virtual ~nodes() = default;
};

/// Makes a node in a place of its own, whatever its type.
template <class Make>
std::unique_ptr<nodes> hold_node(Make&& make) {
  class held final : public nodes {
   public:
    explicit held(Make& how) : node_(how()) {}

   private:
    decltype(make()) node_;
  };
  return std::make_unique<held>(make);
}

/// What a pipeline is made from when it runs.
///
/// Thread rule: a value until then.
class plan {
 public:
  plan() = default;
  plan(const plan&) = delete;
  plan& operator=(const plan&) = delete;
  virtual ~plan() = default;
  /// Makes all nodes; called once.
  virtual std::unique_ptr<nodes> build(runtime& where) = 0;
};

/// The plan of this source and this sink.
///
/// Thread rule: a value until it is built.
template <class Source, class Sink>
class plan_of final : public plan {
 public:
  /// Of these.
  plan_of(Source from, Sink last) : from_(std::move(from)), last_(std::move(last)) {}

  /// Makes all nodes, one inside the other.
  std::unique_ptr<nodes> build(runtime& where) override {
    const auto make_sink = [this, &where] {
      return std::move(last_).template make<typename Source::value_type>(where);
    };
    return hold_node(
        [this, &where, &make_sink] { return make_source(where, std::move(from_), make_sink); });
  }

 private:
  Source from_;
  Sink last_;
};

/// Told of an element that failed, with the name of the stage.
using failure_handler = std::function<void(std::string_view stage, const std::exception_ptr&)>;

/// A source, stages and a sink.
///
/// @code
/// auto p = flow::from_group(orders) | flow::map(parse) | flow::partition(1000, 3s)
///          | flow::sink(write);
/// co_await p.run();
/// @endcode
///
/// What came from a group or a reliable list is acknowledged when everything that was made of it is
/// done with: when its batch is written, on each branch. What failed is settled alone, by the
/// verdict of `on_error`, or by the source's own way to try again.
///
/// Thread rule: used on the executor that it runs on.
/// Lifetime: `run()` keeps all that it needs alive. Destroying the pipeline stops it as `stop`.
class pipeline {
 public:
  /// Made by `|`.
  explicit pipeline(std::unique_ptr<plan> what);
  pipeline(pipeline&&) noexcept;
  pipeline& operator=(pipeline&&) noexcept;
  ~pipeline();

  /// How long, ≥ 0, `stop` waits for elements on their way before they are cancelled and handed
  /// back. Default 30 s.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  pipeline& drain_within(std::chrono::milliseconds limit);
  /// The clock of timed stages; that of a test. Default: the system's.
  pipeline& time(std::shared_ptr<clock> what);
  /// Hears of every element that fails in a stage, before it is settled. What it throws fails the
  /// run.
  pipeline& on_failed(failure_handler handler);

  /// Lets elements through until the source has ended and all of them have arrived, or until it is
  /// stopped. May be called once. When it returns, everything is settled or handed back; a server
  /// that does not answer is waited for up to 5 s, and what it has not confirmed comes again.
  ///
  /// Errors: what a source throws; what elements fail of that nobody can give back; what is judged
  /// by `verdict::rethrow`. The rest is drained before. `invalid_argument` the second time.
  /// Cancellation: as `stop()`; it ends when drained, without an error.
  /// Cost: that of its source and sink.
  boost::asio::awaitable<void> run();
  /// The source takes nothing more; what is on its way goes on to the end, up to `drain_within`,
  /// and is then cancelled and handed back.
  void stop() noexcept;

  /// What each stage has done so far, the source first; empty before it runs.
  std::vector<stage_report> statistics() const;

 private:
  std::shared_ptr<struct pipeline_state> state_;
};

}  // namespace sluice::flow
