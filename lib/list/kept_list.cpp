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

// After so many beats that nobody heard a process counts as dead.
constexpr int beats_to_death = 6;
// What nobody is left to put back goes after a day.
constexpr auto longest_stay = "86400000";
// Behind the name of a process's list: its steps that may come again.
constexpr auto done_ending = ":done";
constexpr std::size_t forgotten_at_once = 100;

const char* pushing(list_end at) { return at == list_end::left ? "LPUSH" : "RPUSH"; }

message_list::taken read_taken(const script_outcome& what, bool arm) {
  message_list::taken found;
  found.failure = what.failure;
  if (what.failure != nullptr) return found;
  for (const auto& each : (*what.value)[0]) found.elements.emplace_back(each.text());
  if (arm) found.left = (*what.value)[1].integer();
  return found;
}

}  // namespace

kept_list::kept_list(std::shared_ptr<connection> link, list_place at,
                     std::chrono::milliseconds rhythm, std::int64_t deaths)
    : link_(std::move(link)),
      at_(std::move(at)),
      members_("sluice:processing:" + at_.key),
      mine_(members_ + ':' + uuid::random([this] { return link_->random(); }).to_string()),
      done_(mine_ + done_ending),
      rhythm_(std::max(rhythm, std::chrono::milliseconds(1))),
      deaths_(deaths) {
  link_->set_timer(*this, link_->now() + rhythm_);
}

kept_list::~kept_list() { link_->cancel_timer(*this); }

void kept_list::take(std::size_t count, bool arm, taken_handler tell) {
  const auto known = unsure_ ? std::to_string(in_hand_) : "-1";
  const auto* const from = at_.end == list_end::left ? "LEFT" : "RIGHT";
  run_script(*link_, take_script(), {at_.key, mine_, members_},
             {std::to_string(count), known, longest_stay, from}, risk::once,
             [this, life = std::weak_ptr<void>(life_), arm,
              tell = std::move(tell)](const script_outcome& what) {
               auto found = read_taken(what, arm);
               if (!life.expired()) {
                 in_hand_ += found.elements.size();
                 unsure_ = what.failure != nullptr;
               }
               tell(std::move(found));
             });
}

std::vector<std::string> kept_list::step_of(std::uint64_t number) {
  const auto over = steps_.take_finished(forgotten_at_once);
  std::vector<std::string> words{std::to_string(number), std::to_string(over.size())};
  for (const auto each : over) words.push_back(std::to_string(each));
  return words;
}

void kept_list::run_once(const script& what, std::vector<std::string> keys,
                         const std::vector<std::string>& words, finished tell) {
  const auto number = steps_.next();
  ++under_way_;
  auto arguments = step_of(number);
  arguments.insert(arguments.end(), words.begin(), words.end());
  keys.insert(keys.begin(), {mine_, done_});
  run_script(*link_, what, keys, arguments, risk::repeatable,
             [this, life = std::weak_ptr<void>(life_), number,
              tell = std::move(tell)](const script_outcome&) {
               if (!life.expired()) {
                 steps_.finished(number);
                 --under_way_;
               }
               tell();
             });
}

void kept_list::forget(const std::string& element, finished tell) {
  --in_hand_;
  run_once(forget_script(), {}, {element}, std::move(tell));
}

void kept_list::give_back(const std::vector<std::string>& elements, finished tell) {
  in_hand_ -= std::min(in_hand_, elements.size());
  std::vector<std::string> words{lifetime(), pushing(at_.end)};
  words.insert(words.end(), elements.rbegin(), elements.rend());
  run_once(give_back_script(), {at_.key}, words, std::move(tell));
}

void kept_list::bury(const std::string& element, const element_death& cause, finished tell) {
  --in_hand_;
  const auto words = burial_words(at_, cause, server_time::of(*link_).now());
  std::vector<std::string> behind_key(words.begin() + 1, words.end());
  behind_key.push_back(element);
  run_once(bury_script(), {words.front()}, behind_key, std::move(tell));
}

// Scripts have looked at this process's list, and who looks is told of the next change: the last
// one leaves nothing in the server's table of watched keys.
void kept_list::leave(finished tell) {
  link_->cancel_timer(*this);
  if (in_hand_ > 0 || unsure_) return tell();
  post_unit(*link_,
            {command("ZREM").arg(members_, mine_), command("LPUSH").arg(mine_, ""),
             command("LPOP").arg(mine_), command("DEL").arg(done_)},
            risk::repeatable,
            [tell = std::move(tell)](const resp::value&, const error*) { tell(); });
}

std::string kept_list::lifetime() const {
  return std::to_string(at_.lifetime.value_or(std::chrono::seconds(0)).count());
}

// Those who have died.

void kept_list::beat() {
  link_->set_timer(*this, link_->now() + rhythm_);
  const auto silence = std::to_string((beats_to_death * rhythm_).count());
  const bool holds = in_hand_ > 0 || unsure_;
  run_script(*link_, beat_script(), {members_, mine_, done_},
             {holds ? "1" : "0", silence, longest_stay, !holds && under_way_ == 0 ? "1" : "0"},
             risk::repeatable,
             [this, life = std::weak_ptr<void>(life_)](const script_outcome& what) {
               if (life.expired() || what.failure != nullptr) return;
               std::vector<std::string> silent;
               for (const auto& each : *what.value) silent.emplace_back(each.text());
               put_back(silent);
             });
}

void kept_list::put_back(const std::vector<std::string>& silent) {
  const element_death cause{.reason = "max_deliveries", .deliveries = deaths_};
  for (const auto& each : silent) {
    const auto words = burial_words(at_, cause, server_time::of(*link_).now());
    std::vector<std::string> all{std::to_string((beats_to_death * rhythm_).count()),
                                 std::to_string(deaths_), lifetime(), longest_stay,
                                 pushing(at_.end)};
    all.insert(all.end(), words.begin() + 1, words.end());
    run_script(*link_, put_back_script(),
               {at_.key, each, members_, members_ + ":deaths", words.front(), each + done_ending},
               all, risk::repeatable, [](const script_outcome&) {});
  }
}

}  // namespace sluice
