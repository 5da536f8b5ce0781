#include "cli/top_snapshots.hpp"

#include "cli/cells.hpp"
#include "cli/complain.hpp"
#include "cli/facts_table.hpp"
#include "cli/group_facts_text.hpp"
#include "cli/listing.hpp"

#include <sluice/core/result.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string_view>
#include <utility>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

std::string number_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", value);
  return text.data();
}

void add_rate(json_object& to, std::string_view name, const std::optional<double>& rate) {
  if (rate) {
    to.json(name, number_text(*rate));
  } else {
    to.null(name);
  }
}

std::string json_of(const admin::watched_consumer& what) {
  json_object object;
  object.text("consumer", what.facts.name).number("pending", what.facts.pending);
  object.number("idle_ms", std::int64_t{what.facts.idle.count()});
  if (what.beat) {
    object.number("beat_ms", std::int64_t{what.beat->count()});
  } else {
    object.null("beat_ms");
  }
  return object.truth("nobody", what.facts.nobody).line();
}

std::int64_t milliseconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

json_object json_of(const admin::group_view& what, std::int64_t at) {
  json_object object;
  object.number("at_ms", at).text("stream", what.stream).text("group", what.facts.name);
  object.text("state", to_string(what.state));
  add_rate(object, "added_per_s", what.rates.added);
  add_rate(object, "taken_per_s", what.rates.taken);
  add_rate(object, "settled_per_s", what.rates.settled);
  object.number("lag", what.facts.lag.count).truth("lag_estimated", what.facts.lag.estimated);
  object.number("pending", what.facts.pending);
  if (what.facts.oldest) {
    object.number("oldest_age_ms", std::int64_t{what.facts.age.count()});
  } else {
    object.null("oldest_age_ms");
  }
  if (what.dead_letters) {
    object.number("dead_letters", *what.dead_letters);
  } else {
    object.null("dead_letters");
  }
  if (what.closely) {
    std::string consumers = "[";
    for (const auto& each : what.consumers) {
      consumers += (consumers.size() > 1 ? "," : "") + json_of(each);
    }
    object.json("consumers", consumers + ']');
  } else {
    object.null("consumers");
  }
  return object;
}

std::string rate_cell(const std::optional<double>& rate) { return rate ? short_rate(*rate) : "-"; }

/// One after the other, for programs and for files.
class top_snapshots {
 public:
  top_snapshots(const top_flags& flags, session& here)
      : flags_(flags),
        out_(here),
        watch_(here.redis, flags.watched()),
        rest_(here.redis.get_executor()) {}

  asio::awaitable<int> run();

 private:
  asio::awaitable<bool> look();
  asio::awaitable<void> look_at_all();
  asio::awaitable<bool> print();

  const top_flags& flags_;
  listing out_;
  admin::group_watch watch_;
  asio::steady_timer rest_;
};

// False when that failed. One that goes on for ever goes on when the server is away for a while; a
// right that is missing does not come back.
asio::awaitable<bool> top_snapshots::look() {
  const auto looked = co_await as_result(watch_.look());
  if (looked.has_value()) co_return true;
  const auto why = looked.error().code();
  const bool ends = flags_.once || flags_.count || why == condition::cancelled ||
                    why == errc::closed || why == errc::not_permitted;
  if (ends) throw looked.error();
  complain(explain(looked.error()));
  co_return false;
}

// Without a rest, as there may be many; but a look that failed would fail at once again.
asio::awaitable<void> top_snapshots::look_at_all() {
  for (bool all = false; !all;) {
    const bool worked = co_await look();
    if (!worked) co_await sleep_on(rest_, flags_.pause());
    all = worked && watch_.complete();
  }
}

asio::awaitable<bool> top_snapshots::print() {
  facts_table table(
      {"STREAM", "GROUP", "STATE", "IN/S", "OUT/S", "LAG", "PENDING", "OLDEST", "ALIVE", "DEAD"},
      "lllrrrrrrr");
  const auto at = milliseconds_now();
  for (const auto& each : watch_.worst(flags_.rows)) {
    row cells{each.stream,
              each.facts.name,
              std::string(to_string(each.state)),
              rate_cell(each.rates.added),
              rate_cell(each.rates.taken),
              text_of(each.facts.lag),
              std::to_string(each.facts.pending),
              each.facts.oldest ? short_time(each.facts.age) : "-",
              each.closely ? std::to_string(each.living(flags_.silence())) : "-",
              each.dead_letters ? std::to_string(*each.dead_letters) : "-"};
    table.add(std::move(cells), json_of(each, at));
  }
  if (table.empty()) complain("no stream that is watched has a group");
  const bool wanted = co_await table.print(out_, flags_.json);
  co_return wanted;
}

asio::awaitable<int> top_snapshots::run() {
  out_.end_with_reader();
  co_await look_at_all();
  constexpr auto for_ever = std::numeric_limits<std::uint64_t>::max();
  for (auto left = flags_.once ? 1 : flags_.count.value_or(for_ever); left > 0;) {
    co_await sleep_on(rest_, flags_.pause());
    const bool worked = co_await look();
    // What was known before is not what is so at this time.
    if (!worked) continue;
    bool wanted = co_await print();
    if (wanted && !flags_.json && left > 1) {
      std::vector<std::string> gap(1);
      wanted = co_await out_.print(std::move(gap));
    }
    if (!wanted) break;
    --left;
  }
  co_return ok;
}

}  // namespace

asio::awaitable<int> print_snapshots(const top_flags& flags, session& here) {
  top_snapshots snapshots(flags, here);
  const int code = co_await snapshots.run();
  co_return code;
}

}  // namespace sluice::cli
