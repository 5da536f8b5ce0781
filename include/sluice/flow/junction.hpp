// Several sources as one: what union, zip and combine_latest have in common.
#pragma once

#include "sluice/flow/pipeline.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/stage.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::flow {

/// Where the source of this place meets the others.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <std::size_t place, class Joint>
class junction_port {
 public:
  /// Of this.
  explicit junction_port(Joint& into) noexcept : into_(into) {}

  /// Gives it to them.
  template <class In>
  void push(item<In>&& element) {
    into_.template push<place>(std::move(element));
  }
  /// When they want no more from this place for now.
  bool full() const noexcept { return into_.template full<place>(); }
  /// Until that has changed.
  ///
  /// Errors: none. Cancellation: ends the wait. Cost: none.
  boost::asio::awaitable<void> room() { return into_.room(); }
  /// Tells of an element that failed before.
  void fail(receipt from, std::exception_ptr why) { into_.fail(std::move(from), std::move(why)); }
  /// The source of this place has ended.
  void finish() { into_.template finish<place>(); }

 private:
  Joint& into_;
};

/// A joint with the nodes of the sources that lead to it.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <class Joint>
class junction_node {
 public:
  /// `sources` is a tuple of them.
  template <class MakeNext, class... Sources>
  junction_node(runtime& where, MakeNext& next, std::tuple<Sources...> sources)
      : joint_(where, next) {
    open(where, std::move(sources), std::index_sequence_for<Sources...>());
  }
  junction_node(const junction_node&) = delete;
  junction_node& operator=(const junction_node&) = delete;

 private:
  template <class... Sources, std::size_t... places>
  void open(runtime& where, std::tuple<Sources...> sources, std::index_sequence<places...>) {
    (open_one<places>(where, std::get<places>(std::move(sources))), ...);
  }
  template <std::size_t place, class Source>
  void open_one(runtime& where, Source from) {
    const auto port = [this] { return junction_port<place, Joint>(joint_); };
    sources_.push_back(hold_node([&] { return make_source(where, std::move(from), port); }));
  }

  Joint joint_;
  std::vector<std::unique_ptr<nodes>> sources_;
};

/// Several sources as one. `Kind` names the type of its elements and the joint they meet in.
///
/// Thread rule: a value until its pipeline runs.
template <class Kind, class... Sources>
class junction : public source_base {
 public:
  using value_type = typename Kind::template element<typename Sources::value_type...>;

  /// Of these.
  explicit junction(Sources... all) : all_(std::move(all)...) {}

  /// The nodes of all.
  template <class MakeNext>
  auto make(runtime& where, MakeNext next) && {
    using joint = typename Kind::template joint<decltype(next()), typename Sources::value_type...>;
    return junction_node<joint>(where, next, std::move(all_));
  }

 private:
  std::tuple<Sources...> all_;
};

}  // namespace sluice::flow
