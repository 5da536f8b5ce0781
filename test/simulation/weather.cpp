#include "weather.hpp"

#include <algorithm>
#include <utility>

namespace sluice::simulation {

using namespace std::chrono_literals;

climate::climate(dice chance) {
  for (auto* const each : {&latency, &slices, &narrow_windows, &breaks, &moods, &lost_pushes}) {
    *each = chance.percent(50);
  }
  // The heavier ones are rarer, as each of them hides what the others would show.
  for (auto* const each : {&refusals, &unanswered, &silence, &stalls, &restarts, &deletions}) {
    *each = chance.percent(30);
  }
  for (auto* const each : {&stragglers, &flushes, &lost_groups, &wrong_types}) {
    *each = chance.percent(12);
  }
  for (auto* const each : {&clock_steps, &script_flushes, &crashes, &freezes, &foreigners}) {
    *each = chance.percent(30);
  }
}

std::string climate::to_string() const {
  std::string text;
  const auto add = [&](bool on, const char* name) {
    if (on) text.append(text.empty() ? "" : ", ").append(name);
  };
  add(latency, "latency");
  add(slices, "slices");
  add(narrow_windows, "narrow windows");
  add(breaks, "breaks");
  add(refusals, "refusals");
  add(unanswered, "unanswered connects");
  add(silence, "silence");
  add(stragglers, "stragglers");
  add(moods, "server errors");
  add(stalls, "stalls");
  add(restarts, "restarts");
  add(lost_pushes, "lost pushes");
  add(flushes, "flushes");
  add(lost_groups, "lost groups");
  add(deletions, "deletions");
  add(wrong_types, "wrong types");
  add(clock_steps, "clock steps");
  add(script_flushes, "forgotten scripts");
  add(crashes, "crashes");
  add(freezes, "freezes");
  add(foreigners, "foreigners");
  return text.empty() ? "fair" : text;
}

weather::weather(timeline& time, model_server& server, ledger& books, const climate& kinds,
                 dice chance, std::vector<std::string> streams, std::string group)
    : network(time, server, chance.split()),
      time_(time),
      server_(server),
      books_(books),
      kinds_(kinds),
      chance_(std::move(chance)),
      streams_(std::move(streams)),
      group_(std::move(group)) {}

void weather::begin() {
  if (kinds_.lost_pushes) server_.lose_pushes(static_cast<unsigned>(chance_.between(5, 60)));
  schedule_trouble();
}

void weather::heal() {
  time_.note("weather", "heals");
  healed_ = true;
  server_.lose_pushes(0);
  server_.set_mood(mood::well);
  for (const auto& each : streams_) server_.restore_type(each);
  const auto behind = latest_ - time_.time()->wall_now();
  if (behind.count() > 0) step_clock(std::chrono::ceil<std::chrono::milliseconds>(behind));
}

// Links.

link_fate weather::next_fate() {
  count_attempt();
  link_fate fate;
  fate.connect_delay = 200us;
  fate.least_latency = fate.most_latency = 100us;
  if (healed_) return fate;
  fate.welcome = welcome();
  choose_pace(fate);
  choose_ending(fate);
  return fate;
}

link_fate::arrival weather::welcome() {
  if (kinds_.refusals && chance_.percent(40)) return link_fate::arrival::refused;
  if (kinds_.unanswered && chance_.percent(20)) return link_fate::arrival::unanswered;
  return link_fate::arrival::accepted;
}

void weather::choose_pace(link_fate& fate) {
  if (kinds_.latency) {
    fate.connect_delay = chance_.between(0ns, clock::duration(200ms));
    fate.least_latency = chance_.between(0ns, clock::duration(5ms));
    fate.most_latency = fate.least_latency + chance_.between(0ns, clock::duration(150ms));
  }
  if (kinds_.slices) {
    fate.longest_slice_up = chance_.percent(10) ? 1 : chance_.between(8, 400);
    fate.longest_slice_down = chance_.percent(10) ? 1 : chance_.between(8, 400);
  }
  // A window of a byte on a slow link would take hours for what is checked within seconds.
  if (kinds_.narrow_windows) fate.window = chance_.between(kinds_.latency ? 300 : 1, 600);
}

void weather::choose_ending(link_fate& fate) {
  using ending = link_fate::ending;
  fate.break_how = chance_.percent(50) ? ending::at_once : ending::after_what_arrived;
  if (kinds_.breaks) {
    // The handshake takes some 500 bytes each way: early breaks fall into it.
    switch (chance_.below(4)) {
      case 0:
        fate.break_after_up = chance_.between(1, 6'000);
        break;
      case 1:
        fate.break_after_down = chance_.between(1, 6'000);
        break;
      case 2:
        fate.break_after = chance_.between(0ns, clock::duration(15s));
        break;
      default:
        break;
    }
  }
  if (kinds_.silence && chance_.percent(30)) {
    fate.silent_after = chance_.between(0ns, clock::duration(10s));
    fate.silent_one_way = chance_.percent(50);
  }
  if (kinds_.stragglers && chance_.percent(50)) {
    fate.straggle = chance_.between(clock::duration(1ms), clock::duration(3s));
  }
}

void weather::count_attempt() {
  const auto now = time_.now();
  attempts_.push_back(now);
  while (attempts_.front() < now - 10s) attempts_.pop_front();
  busiest_ = std::max(busiest_, attempts_.size());
}

// The server.

void weather::schedule_trouble() {
  time_.after(chance_.between(clock::duration(50ms), clock::duration(4s)), [this] {
    if (healed_) return;
    trouble();
    schedule_trouble();
  });
}

void weather::trouble() {
  switch (chance_.below(6)) {
    case 0:
      if (kinds_.moods) change_mood();
      break;
    case 3:
      if (kinds_.clock_steps) set_clock();
      break;
    case 4:
      if (kinds_.script_flushes) server_.forget_scripts();
      break;
    case 1:
      if (kinds_.stalls) {
        time_.note("server", "stalls");
        const auto how_long = chance_.between(clock::duration(1ms), clock::duration(12s));
        server_.stall(how_long);
      }
      break;
    case 2:
      if (kinds_.restarts) {
        time_.note("server", "restarts");
        server_.restart();
      }
      break;
    default:
      harm_data();
      break;
  }
}

void weather::change_mood() {
  static constexpr mood moods[] = {mood::loading, mood::busy, mood::out_of_memory,
                                   mood::no_replicas, mood::disk_full};
  const auto next = moods[chance_.below(std::size(moods))];
  time_.note("server", "mood " + std::to_string(static_cast<int>(next)));
  server_.set_mood(next);
  time_.after(chance_.between(clock::duration(5ms), clock::duration(6s)),
              [this] { server_.set_mood(mood::well); });
}

// Some steps are small, as a time server makes them, some are an operator's.
void weather::set_clock() {
  const auto longest = chance_.percent(50) ? std::chrono::milliseconds(3s) : 1h;
  const auto by = std::chrono::milliseconds(chance_.number(1, longest.count()));
  step_clock(chance_.percent(50) ? by : -by);
}

void weather::step_clock(std::chrono::milliseconds by) {
  time_.note("server", "its clock is set by " + std::to_string(by.count()) + " ms");
  latest_ = std::max(latest_, time_.time()->wall_now());
  time_.time()->step_wall(by);
  books_.clock_was_set();
}

void weather::harm_data() {
  const auto& stream = streams_[chance_.below(streams_.size())];
  if (kinds_.deletions) {
    const auto* const from = server_.data().stream(stream);
    if (from != nullptr && !from->entries.empty()) {
      auto victim = from->entries.begin();
      std::advance(victim, static_cast<std::ptrdiff_t>(chance_.below(from->entries.size())));
      server_.delete_entry(stream, victim->first);
    }
  }
  if (kinds_.lost_groups && chance_.percent(40)) server_.destroy_group(stream, group_);
  if (kinds_.flushes && chance_.percent(40)) {
    chance_.percent(50) ? server_.flush() : server_.remove(stream);
  }
  if (kinds_.wrong_types && chance_.percent(40)) {
    server_.replace_type(stream);
    time_.after(chance_.between(clock::duration(1ms), clock::duration(3s)),
                [this, stream] { server_.restore_type(stream); });
  }
}

}  // namespace sluice::simulation
