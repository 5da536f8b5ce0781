#include "app/schedule_desk.hpp"

#include "redis/client_access.hpp"

#include "sluice/core/error.hpp"

#include <utility>

namespace sluice {
namespace {

boost::asio::awaitable<bool> remove_from(std::shared_ptr<schedule_store> where, std::string name) {
  const bool found = co_await where->remove(name);
  co_return found;
}

}  // namespace

schedule_desk::schedule_desk(const client& redis, std::string app,
                             std::shared_ptr<main_stream> main)
    : link_(client_access::shared_link(redis)),
      store_(std::make_shared<schedule_store>(redis, std::move(app))),
      main_(std::move(main)) {}

void schedule_desk::add(schedule what) {
  if (what.topic().empty()) throw error(errc::invalid_argument, "a schedule needs a topic: then()");
  const auto name = what.name();
  if (tickers_.contains(name)) {
    throw error(errc::invalid_argument,
                "there is a schedule '" + name + "' already: give them names, by named()");
  }
  const auto made = std::make_shared<ticker>(link_, store_, main_, std::move(what));
  tickers_.emplace(name, made);
  if (runs_) made->start();
}

boost::asio::awaitable<bool> schedule_desk::remove(std::string name) {
  const auto found = tickers_.find(name);
  if (found != tickers_.end()) {
    found->second->stop();
    tickers_.erase(found);
  }
  return remove_from(store_, std::move(name));
}

void schedule_desk::start() {
  runs_ = true;
  for (const auto& [name, each] : tickers_) each->start();
}

void schedule_desk::stop() noexcept {
  runs_ = false;
  for (const auto& [name, each] : tickers_) each->stop();
}

}  // namespace sluice
