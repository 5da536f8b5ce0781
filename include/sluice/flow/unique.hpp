// A stage that lets each thing through once.
#pragma once

#include "sluice/flow/bounds.hpp"
#include "sluice/flow/linked.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/stage.hpp"

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::flow {

/// The last keys that came, up to a number.
///
/// Thread rule: used from one thread at a time.
template <class Key>
class recent_keys {
 public:
  /// Remembers so many.
  explicit recent_keys(std::size_t most) : most_(most) {}

  /// Returns whether it is new, as is one whose element is under way and belongs to somebody else
  /// by now: nobody here will be done with that. One that is known becomes the latest.
  bool add(const Key& key) {
    const auto found = places_.find(key);
    if (found != places_.end()) {
      auto& place = found->second;
      order_.splice(order_.end(), order_, place.in_order);
      if (place.under_way == nullptr || !place.under_way->lost()) return false;
      place.under_way = nullptr;
      return true;
    }
    if (places_.size() == most_) forget(Key(order_.front()));
    places_.emplace(key, place{order_.insert(order_.end(), key)});
    return true;
  }
  /// Its element is under way.
  void entered(const Key& key, const origin& which) {
    const auto found = places_.find(key);
    if (found != places_.end()) found->second.under_way = &which;
  }
  /// Its element is at its end. False where another one of this key has come since.
  bool left(const Key& key, const origin& which) {
    const auto found = places_.find(key);
    if (found == places_.end() || found->second.under_way != &which) return false;
    found->second.under_way = nullptr;
    return true;
  }
  /// It would be new again.
  void forget(const Key& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return;
    order_.erase(found->second.in_order);
    places_.erase(found);
  }

 private:
  struct place {
    typename std::list<Key>::iterator in_order;
    const origin* under_way = nullptr;
  };

  std::size_t most_;
  std::list<Key> order_;  // the latest last
  std::unordered_map<Key, place> places_;
};

/// An element whose key is forgotten if it fails: it comes again, and is no duplicate then.
///
/// Thread rule: used on the executor of its pipeline.
template <class Key>
class remembered_origin final : public origin {
 public:
  /// In front of another origin.
  remembered_origin(receipt behind, std::shared_ptr<recent_keys<Key>> keys, Key key)
      : behind_(std::move(behind)), keys_(std::move(keys)), key_(std::move(key)) {}

  /// As what is behind it.
  bool lost() const noexcept override { return behind_.lost(); }
  bool whole() const noexcept override { return behind_.whole(); }

 private:
  void on_done() noexcept override {
    keys_->left(key_, *this);
    delete this;
  }
  void on_failed(const std::exception_ptr& why, const verdict& what) noexcept override {
    if (keys_->left(key_, *this)) keys_->forget(key_);
    behind_.fail(why, what);
    delete this;
  }
  void name_all(std::vector<origin*>& into) override {
    for (auto* const each : behind_.origins()) into.push_back(each);
  }

  receipt behind_;
  std::shared_ptr<recent_keys<Key>> keys_;
  Key key_;
};

/// Lets an element through if its key is new.
///
/// Thread rule: used on the executor of its pipeline.
/// Lifetime: that of the run.
template <class Work, class In, class Next>
class unique_node : public linked<Next> {
 public:
  /// Remembers so many keys.
  template <class MakeNext>
  unique_node(runtime& where, Work key, std::size_t most, MakeNext& next)
      : linked<Next>(next),
        runtime_(where),
        report_(where.report("unique")),
        key_of_(std::move(key)),
        keys_(std::make_shared<recent_keys<key_type>>(most)) {}

  /// Passes it on, or is done with it.
  void push(item<In>&& element) {
    ++report_.taken;
    try {
      const key_type key = std::invoke(key_of_, std::as_const(element.value));
      if (!keys_->add(key)) return;
      if (element.from) {
        auto* const seen = new remembered_origin<key_type>(std::move(element.from), keys_, key);
        element.from = receipt(*seen);
        keys_->entered(key, *seen);
      }
    } catch (...) {
      const auto why = std::current_exception();
      runtime_.failed(report_, why);
      return this->fail(std::move(element.from), why);
    }
    this->next().push(std::move(element));
  }

 private:
  using key_type = std::decay_t<std::invoke_result_t<Work&, const In&>>;

  runtime& runtime_;
  stage_report& report_;
  Work key_of_;
  std::shared_ptr<recent_keys<key_type>> keys_;
};

/// The stage of `unique`.
///
/// Thread rule: a value until its pipeline runs.
template <class Work>
class unique_stage : public stage_base {
  template <class In>
  struct checked {
    static_assert(std::invocable<Work&, const In&>,
                  "flow::unique: its function does not take what the stage before it gives");
    using type = In;
  };

 public:
  template <class In>
  using output = typename checked<In>::type;

  /// By this key.
  unique_stage(std::size_t most, Work key) : most_(most), key_(std::move(key)) {}

  /// Its node.
  template <class In, class MakeNext>
  auto make(runtime& where, MakeNext next) && {
    return unique_node<Work, In, decltype(next())>(where, std::move(key_), most_, next);
  }

 private:
  std::size_t most_;
  Work key_;
};

/// Passes on elements whose key has not come among the last `most`, ≥ 1, keys; the others are done
/// with. `key` gives something that `std::hash` takes. The key of an element that fails later is
/// forgotten, so that it is let through when it is tried again.
///
/// Throws `error` with `errc::invalid_argument`.
template <class Work>
unique_stage<Work> unique(std::size_t most, Work key) {
  return {at_least(1, most, "the keys to remember"), std::move(key)};
}
/// The same where elements are their own keys.
///
/// Throws `error` with `errc::invalid_argument`.
inline auto unique(std::size_t most) { return flow::unique(most, std::identity()); }

}  // namespace sluice::flow
