// What an app's extensions are told, and what becomes of those that fail.
#pragma once

#include "app/side_task.hpp"

#include "sluice/app/extension.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The extensions of one app. Nothing that they throw leaves here, but by an event.
class extensions final : public std::enable_shared_from_this<extensions> {
 public:
  /// `group` is the app to those who hear the events.
  extensions(std::shared_ptr<connection> link, std::string group);

  void add(std::shared_ptr<extension> what);
  bool empty() const noexcept { return members_.empty(); }

  /// Until all have begun, or `stop`.
  static boost::asio::awaitable<void> start(std::shared_ptr<extensions> self, running_app where);
  /// What begins shall come to an end, and no other shall begin.
  void stop();
  /// Until all have ended; `limit` is for each. To be awaited where cancellation is disabled.
  static boost::asio::awaitable<void> finish(std::shared_ptr<extensions> self,
                                             clock::duration limit);

  void on_consume_begin(const consumption& what);
  void on_consume_exception(const consumption& what, const std::exception_ptr& failure);
  void on_consume_end(const consumption& what);

 private:
  struct member {
    std::shared_ptr<extension> what;
    std::string name;
    std::vector<std::string_view> failing;  // the functions that failed when last called
    bool started = false;
  };

  static boost::asio::awaitable<void> tick(std::shared_ptr<extensions> self, std::size_t which);
  void begin_ticking(std::size_t which);
  void call(member& whom, std::string_view function, const std::function<void(extension&)>& act);
  void call_all(std::string_view function, const std::function<void(extension&)>& act);
  void on_called(member& whom, std::string_view function, const std::exception_ptr& failure);

  std::shared_ptr<connection> link_;
  std::string group_;
  std::vector<member> members_;
  std::shared_ptr<side_task> task_;  // the on_start or on_stop under way
  bool stopping_ = false;
  bool finished_ = false;
  gate change_;
};

}  // namespace sluice
