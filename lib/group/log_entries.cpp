#include "group/group_access.hpp"
#include "group/group_lane.hpp"

#include "sluice/core/thrown.hpp"
#include "sluice/group/middleware.hpp"

#include <exception>
#include <memory>
#include <utility>

namespace sluice {
namespace {

void tell(const handling_sink& sink, const handling& line) noexcept {
  try {
    sink(line);
  } catch (...) {
  }
}

void tell_failure(const handling_sink& sink, handling& line, const std::exception_ptr& failure) {
  const auto text = thrown_text(failure);
  line.what = handling::phase::failed;
  line.error_text = text;
  tell(sink, line);
}

boost::asio::awaitable<void> run_logged(std::shared_ptr<const handling_sink> sink, delivery& which,
                                        const entry_handler& next) {
  // Handlers may move the delivery away. The entry keeps alive what the line names.
  const entry kept = which;
  const auto& time = group_access::lane_of(which).connection_of().time();
  handling line;
  line.stream = kept.stream();
  line.group = which.group();
  line.consumer = which.consumer();
  line.id = kept.id_text();
  line.delivery_count = which.delivery_count();
  const auto begun = time.now();
  tell(*sink, line);
  std::exception_ptr failure;
  try {
    co_await next(which);
  } catch (...) {
    failure = std::current_exception();
  }
  line.took = time.now() - begun;
  if (failure) {
    tell_failure(*sink, line, failure);
    std::rethrow_exception(failure);
  }
  line.what = handling::phase::ended;
  tell(*sink, line);
}

}  // namespace

middleware log_entries(handling_sink sink) {
  if (!sink) throw error(errc::invalid_argument, "a log needs somebody who takes its lines");
  auto kept = std::make_shared<const handling_sink>(std::move(sink));
  return [kept = std::move(kept)](delivery& which, const entry_handler& next) {
    return run_logged(kept, which, next);
  };
}

}  // namespace sluice
