#include "list/kept_list.hpp"

#include "list/kept_scripts.hpp"
#include "list/list_burial.hpp"
#include "redis/posting.hpp"
#include "redis/script_call.hpp"
#include "redis/server_time.hpp"

#include "sluice/core/uuid.hpp"
#include "sluice/redis/command.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr int beats_to_death = 6;
// Where so many processes died with an element in hand it may be its fault.
constexpr std::int64_t usual_deaths_of_a_suspect = 2;
// What nobody is left to put back goes after a day.
constexpr auto longest_stay = "86400000";
// Behind the name of a process's list: its steps that may come again.
constexpr auto done_ending = ":done";
constexpr std::size_t numbers_at_once = 100;
constexpr std::size_t most_forgotten = 256;  // by one step

const char* side(list_end at) { return at == list_end::left ? "LEFT" : "RIGHT"; }
const char* pushing(list_end at) { return at == list_end::left ? "LPUSH" : "RPUSH"; }

list_isolation::suspect suspect_in(const resp::value& answer) {
  using suspect = list_isolation::suspect;
  const auto said = answer[3].integer();
  return said == 0 ? suspect::none : said == 1 ? suspect::comes_next : suspect::taken;
}

message_list::taken read_taken(const script_outcome& what, bool arm) {
  message_list::taken found;
  found.failure = what.failure;
  if (what.failure != nullptr) return found;
  const auto& answer = *what.value;
  for (const auto& each : answer[0]) found.elements.emplace_back(each.text());
  if (arm) found.left = answer[1].integer();
  found.cut_short = suspect_in(answer) != list_isolation::suspect::none;
  return found;
}

}  // namespace

std::chrono::milliseconds kept_list::silence(std::chrono::milliseconds rhythm) noexcept {
  return beats_to_death * std::max(rhythm, std::chrono::milliseconds(1));
}

kept_list::kept_list(std::shared_ptr<connection> link, list_place at,
                     std::shared_ptr<list_isolation> isolation, std::chrono::milliseconds rhythm,
                     std::int64_t deaths)
    : link_(std::move(link)),
      at_(std::move(at)),
      isolation_(std::move(isolation)),
      members_("sluice:processing:" + at_.key),
      mine_(members_ + ':' + uuid::random([this] { return link_->random(); }).to_string()),
      done_(mine_ + done_ending),
      counts_(members_ + ":deaths"),
      rhythm_(std::max(rhythm, std::chrono::milliseconds(1))),
      deaths_(deaths) {
  link_->set_timer(*this, link_->now() + rhythm_);
}

kept_list::~kept_list() {
  link_->leave_turn_end(*this);
  link_->cancel_timer(*this);
}

void kept_list::take(std::size_t count, bool arm, taken_handler tell) {
  send_forgotten();
  const auto known = unsure_ ? std::to_string(in_hand_) : "-1";
  run_script(
      *link_, take_script(), {at_.key, mine_, members_, counts_},
      {std::to_string(count), known, longest_stay, side(at_.end), std::to_string(suspect_from()),
       isolation_->may_take_suspect(link_->now()) ? "1" : "0"},
      risk::once,
      [this, life = std::weak_ptr<void>(life_), arm,
       tell = std::move(tell)](const script_outcome& what) {
        auto found = read_taken(what, arm);
        if (!life.expired()) on_taken(what, found);
        tell(std::move(found));
      });
}

// The last of its deaths has to be one that nothing else was beside.
std::int64_t kept_list::suspect_from() const noexcept {
  if (deaths_ == 0) return 0;
  return std::clamp<std::int64_t>(deaths_ - 1, 1, usual_deaths_of_a_suspect);
}

void kept_list::on_taken(const script_outcome& what, const taken& found) {
  unsure_ = what.failure != nullptr;
  if (unsure_) return;
  for (const auto& each : (*what.value)[2]) {
    counted_.insert(found.elements[static_cast<std::size_t>(each.integer().value_or(0))]);
  }
  in_hand_ += found.elements.size();
  isolation_->took(this, found.elements.size(), suspect_in(*what.value), link_->now());
}

bool kept_list::take_counted(const std::string& element) {
  const auto found = counted_.find(element);
  if (found == counted_.end()) return false;
  counted_.erase(found);
  return true;
}

// A step that is under way may be refused: then its elements are in hand again.
bool kept_list::holds() const noexcept { return in_hand_ > 0 || under_way_ > 0 || unsure_; }

void kept_list::settled(std::size_t elements) {
  const auto fewer = std::min(in_hand_, elements);
  in_hand_ -= fewer;
  isolation_->settled(fewer);
}

// Steps.

kept_list::step kept_list::make_step(const script& how) {
  step made{.how = &how, .number = steps_.next(), .keys = {mine_, done_}};
  const auto over = steps_.take_finished(numbers_at_once);
  made.words = {std::to_string(made.number), std::to_string(over.size())};
  for (const auto each : over) made.words.push_back(std::to_string(each));
  return made;
}

void kept_list::run(step what) {
  ++under_way_;
  const auto kept = std::make_shared<step>(std::move(what));
  run_script(*link_, *kept->how, kept->keys, kept->words, risk::repeatable,
             [this, life = std::weak_ptr<void>(life_), kept](const script_outcome& outcome) {
               const auto tell = std::exchange(kept->tell, {});
               if (!life.expired()) on_step(std::move(*kept), outcome.failure);
               if (tell) tell(outcome.failure);
             });
}

// What the server refuses is tried again, under its number: it may have been done all the same.
// Until then it stands in this process's list.
void kept_list::on_step(step what, const error* failure) {
  --under_way_;
  if (what.buried_for && (failure == nullptr || !what.refused)) {
    tell_burial(*link_, at_, *what.buried_for, failure);
  }
  if (failure == nullptr) return steps_.finished(what.number);
  what.refused = true;
  in_hand_ += what.elements;
  refused_.push_back(std::move(what));
}

void kept_list::repeat_refused() {
  for (auto& each : std::exchange(refused_, {})) {
    in_hand_ -= each.elements;
    run(std::move(each));
  }
}

// Those of a turn leave together, before anything else that looks at this process's list.
void kept_list::forget(const std::string& element, finished tell) {
  if (!forgetting_) {
    forgetting_ = make_step(forget_script());
    forgetting_->elements = 0;
    link_->at_turn_end(*this);
  }
  auto& what = *forgetting_;
  if (take_counted(element) && what.keys.size() == 2) what.keys.push_back(counts_);
  what.words.push_back(element);
  forgotten_.push_back(std::move(tell));
  if (++what.elements == most_forgotten) send_forgotten();
  settled(1);
}

void kept_list::send_forgotten() {
  if (!forgetting_) return;
  link_->leave_turn_end(*this);
  forgetting_->tell = [all = std::exchange(forgotten_, {})](const error* failure) {
    for (const auto& each : all) each(failure);
  };
  run(*std::exchange(forgetting_, {}));
}

void kept_list::give_back(const std::vector<std::string>& elements, finished tell) {
  send_forgotten();
  auto what = make_step(give_back_script());
  what.keys.push_back(at_.key);
  what.words.push_back(lifetime());
  what.words.emplace_back(pushing(at_.end));
  what.words.insert(what.words.end(), elements.rbegin(), elements.rend());
  for (const auto& each : elements) take_counted(each);
  what.elements = elements.size();
  what.tell = std::move(tell);
  run(std::move(what));
  settled(elements.size());
}

void kept_list::bury(const std::string& element, const element_death& cause, finished tell) {
  const auto words = burial_words(at_, cause, server_time::of(*link_).now());
  send_forgotten();
  auto what = make_step(bury_script());
  what.keys.push_back(words.front());
  if (take_counted(element)) what.keys.push_back(counts_);
  what.words.insert(what.words.end(), words.begin() + 1, words.end());
  what.words.push_back(element);
  what.buried_for = cause.reason;
  what.tell = std::move(tell);
  run(std::move(what));
  settled(1);
}

// Scripts have looked at this process's list, and who looks is told of the next change: the last
// one leaves nothing in the server's table of watched keys.
void kept_list::leave(finished tell) {
  send_forgotten();
  link_->cancel_timer(*this);
  if (holds()) return tell(nullptr);
  post_unit(*link_,
            {command("ZREM").arg(members_, mine_), command("LPUSH").arg(mine_, ""),
             command("LPOP").arg(mine_), command("DEL").arg(done_)},
            risk::repeatable,
            [tell = std::move(tell)](const resp::value&, const error* failure) { tell(failure); });
}

std::string kept_list::lifetime() const {
  return std::to_string(at_.lifetime.value_or(std::chrono::seconds(0)).count());
}

// Those who have died.

void kept_list::beat() {
  link_->set_timer(*this, link_->now() + rhythm_);
  isolation_->look(link_->now());
  send_forgotten();
  run_script(*link_, beat_script(), {members_, mine_, done_},
             {holds() ? "1" : "0", std::to_string(silence(rhythm_).count()), longest_stay},
             risk::repeatable,
             [this, life = std::weak_ptr<void>(life_)](const script_outcome& what) {
               if (life.expired() || what.failure != nullptr) return;
               std::vector<std::string> silent;
               for (const auto& each : *what.value) silent.emplace_back(each.text());
               put_back(silent);
             });
  repeat_refused();
}

void kept_list::put_back(const std::vector<std::string>& silent) {
  const element_death cause{.reason = "max_deliveries", .deliveries = deaths_};
  for (const auto& each : silent) {
    const auto words = burial_words(at_, cause, server_time::of(*link_).now());
    std::vector<std::string> all{std::to_string(silence(rhythm_).count()),
                                 std::to_string(deaths_),
                                 lifetime(),
                                 longest_stay,
                                 side(at_.end),
                                 std::to_string(suspect_from())};
    all.insert(all.end(), words.begin() + 1, words.end());
    run_script(*link_, put_back_script(),
               {at_.key, each, members_, counts_, words.front(), each + done_ending}, all,
               risk::repeatable,
               [link = link_, at = at_, why = cause.reason](const script_outcome& what) {
                 if (what.failure != nullptr) return;
                 for (auto n = what.value->integer().value_or(0); n > 0; --n) {
                   tell_burial(*link, at, why, nullptr);
                 }
               });
  }
}

}  // namespace sluice
