// How sources, stages and sinks are joined by `|`.
#pragma once

#include "sluice/flow/pipeline.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/source_node.hpp"

#include <concepts>
#include <memory>
#include <utility>

namespace sluice::flow {

/// What every source derives from: a description, from which a node is made when the pipeline runs.
/// It names the `value_type` of its elements, and has either
/// - `awaitable<std::optional<item<value_type>>> next()`, the next element or the end, and
///   `void close()`, from which on there is none; or
/// - `auto make(runtime&, MakeNext) &&`, which gives a node of its own kind.
///
/// Thread rule: a value until its pipeline runs.
struct source_base {};

/// What every stage derives from: a description, from which a node is made when the pipeline runs.
/// It has
/// - `template <class In> using output`: the type of what goes on, with a `static_assert` where
///   it cannot work on `In`
/// - `template <class In, class MakeNext> auto make(runtime&, MakeNext) &&`: its node; `MakeNext`
///   makes the one behind it, for `linked`
///
/// Thread rule: a value until its pipeline runs.
struct stage_base {};

/// What every sink derives from. It has
/// - `template <class In> static constexpr void check()`, with a `static_assert` where it cannot
///   work on `In`
/// - `template <class In> auto make(runtime&) &&`: its node
///
/// Thread rule: a value until its pipeline runs.
struct sink_base {};

/// Two stages behind each other, as one.
///
/// Thread rule: a value until its pipeline runs.
template <class First, class Second>
class joined_stages : public stage_base {
 public:
  template <class In>
  using output = typename Second::template output<typename First::template output<In>>;

  /// The one and then the other.
  joined_stages(First first, Second second)
      : first_(std::move(first)), second_(std::move(second)) {}

  /// The nodes of both.
  template <class In, class MakeNext>
  auto make(runtime& where, MakeNext next) && {
    return std::move(first_).template make<In>(where, [this, &where, &next] {
      using between = typename First::template output<In>;
      return std::move(second_).template make<between>(where, next);
    });
  }

 private:
  First first_;
  Second second_;
};

/// A stage with a sink behind it, as one sink.
///
/// Thread rule: a value until its pipeline runs.
template <class Stage, class Sink>
class staged_sink : public sink_base {
 public:
  /// The stage and then the sink.
  staged_sink(Stage stage, Sink last) : stage_(std::move(stage)), last_(std::move(last)) {}

  /// Does not compile where it cannot work on `In`.
  template <class In>
  static constexpr void check() {
    Sink::template check<typename Stage::template output<In>>();
  }
  /// The nodes of both.
  template <class In>
  auto make(runtime& where) && {
    return std::move(stage_).template make<In>(where, [this, &where] {
      return std::move(last_).template make<typename Stage::template output<In>>(where);
    });
  }

 private:
  Stage stage_;
  Sink last_;
};

/// A source with a stage behind it, as one source.
///
/// Thread rule: a value until its pipeline runs.
template <class Source, class Stage>
class staged_source : public source_base {
 public:
  using value_type = typename Stage::template output<typename Source::value_type>;

  /// The source and then the stage.
  staged_source(Source from, Stage stage) : from_(std::move(from)), stage_(std::move(stage)) {}

  /// The nodes of both.
  template <class MakeNext>
  auto make(runtime& where, MakeNext next) && {
    return make_source(where, std::move(from_), [this, &where, &next] {
      return std::move(stage_).template make<typename Source::value_type>(where, next);
    });
  }

 private:
  Source from_;
  Stage stage_;
};

template <class T>
concept source = std::derived_from<T, source_base>;
template <class T>
concept stage = std::derived_from<T, stage_base>;
template <class T>
concept sink_of_any = std::derived_from<T, sink_base>;

/// Puts a stage behind a source.
template <source Source, stage Stage>
staged_source<Source, Stage> operator|(Source from, Stage stage) {
  return {std::move(from), std::move(stage)};
}
/// Puts a stage behind a stage, to be put behind a source later.
template <stage First, stage Second>
joined_stages<First, Second> operator|(First first, Second second) {
  return {std::move(first), std::move(second)};
}
/// Puts a sink behind a stage: one way of a `branch`, or the end of a pipeline.
template <stage Stage, sink_of_any Sink>
staged_sink<Stage, Sink> operator|(Stage stage, Sink last) {
  return {std::move(stage), std::move(last)};
}
/// Puts a sink behind a source: that is a pipeline.
template <source Source, sink_of_any Sink>
pipeline operator|(Source from, Sink last) {
  Sink::template check<typename Source::value_type>();
  return pipeline(std::make_unique<plan_of<Source, Sink>>(std::move(from), std::move(last)));
}

}  // namespace sluice::flow
