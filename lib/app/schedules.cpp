#include "sluice/app/schedules.hpp"

#include "app/due_ticks.hpp"
#include "app/schedule_store.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sluice {
namespace {

std::optional<schedule> understood(const schedule_record& record, const std::string& name) {
  try {
    return decode_schedule(record, name);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

schedule_info read_info(const resp::value& from, tick now) {
  schedule_info made;
  made.app = from[0].text();
  made.name = from[1].text();
  schedule_record record;
  record.when = from[2].text();
  record.task = from[3].text();
  made.what = understood(record, made.name);
  made.last = schedule_store::read_tick(from[4].text());
  made.asked = now;
  return made;
}

boost::asio::awaitable<std::vector<schedule_info>> ask_for_schedules(client redis) {
  const auto answer = co_await schedule_store::list(redis);
  const auto& known = answer.value();
  const tick now(known[0].integer().value_or(0));
  std::vector<schedule_info> found;
  for (const auto& each : known[1]) found.push_back(read_info(each, now));
  std::sort(found.begin(), found.end(), [](const auto& one, const auto& other) {
    return std::tie(one.app, one.name) < std::tie(other.app, other.name);
  });
  co_return found;
}

boost::asio::awaitable<bool> remove(schedule_store from, std::string name) {
  const bool found = co_await from.remove(name);
  co_return found;
}

}  // namespace

std::vector<std::chrono::milliseconds> schedule_info::next(std::size_t count) const {
  std::vector<tick> found;
  if (!what) return found;
  for (auto after = asked; found.size() < count;) {
    after = next_tick(*what, last, after);
    found.push_back(after);
  }
  return found;
}

boost::asio::awaitable<std::vector<schedule_info>> list_schedules(client redis) {
  return ask_for_schedules(std::move(redis));
}

boost::asio::awaitable<bool> remove_schedule(client redis, std::string app, std::string name) {
  return remove(schedule_store(redis, std::move(app)), std::move(name));
}

}  // namespace sluice
