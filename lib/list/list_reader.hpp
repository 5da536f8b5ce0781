// Takes the elements of one list as there is room for them.
#pragma once

#include "list/message_list.hpp"
#include "list/pop_cycle.hpp"
#include "redis/connection.hpp"

#include "sluice/core/error.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

class list_reader;

/// Who has a use for what is taken. A base class, as apps work on it and pipelines pass it on.
class list_taker {
 public:
  /// For how many more there is room. Nothing is asked for without.
  virtual std::size_t room(const list_reader& at) const = 0;
  /// They belong to the taker now, also when it has no use for them any more.
  virtual void on_taken(list_reader& at, std::vector<std::string> elements) = 0;
  /// The server refused, or cannot be reached. It is tried again.
  virtual void on_refused(const list_reader& at, const error& why) = 0;
  /// Keeps itself and its readers while an answer is under way.
  virtual std::shared_ptr<list_taker> kept() = 0;

 protected:
  ~list_taker() = default;
};

/// What it does not take waits where any process can take it.
class list_reader final : private doorbell_listener, private link_observer, private timed {
 public:
  list_reader(std::shared_ptr<connection> link, std::string key,
              std::unique_ptr<message_list> elements, list_taker& whose);
  list_reader(const list_reader&) = delete;
  list_reader& operator=(const list_reader&) = delete;
  ~list_reader();

  void open();
  /// There may be room again.
  void advance();
  /// Nothing more is asked for.
  void stop() noexcept;

  const std::string& key() const noexcept { return key_; }
  message_list& elements() noexcept { return *elements_; }
  /// An answer is to come.
  bool under_way() const noexcept { return cycle_.under_way(); }
  /// Something may be there: an answer is to come, or would be asked for now.
  bool hopeful() const { return cycle_.under_way() || cycle_.alarm() <= link_->now(); }
  /// The server said that nothing is there, and nothing has rung since.
  bool found_empty() const noexcept { return cycle_.at_rest(); }

 private:
  void on_answer(message_list::taken what, std::size_t asked);

  void on_ring() override;
  void on_link_ready() override;
  void on_link_lost() override { cycle_.on_link_lost(); }
  void on_link_closed() override { stop(); }
  void on_time() override;

  std::shared_ptr<connection> link_;
  std::string key_;
  std::unique_ptr<message_list> elements_;
  list_taker& whose_;
  pop_cycle cycle_;
  bool stopped_ = false;
};

}  // namespace sluice
