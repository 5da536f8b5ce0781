#include "group/heart.hpp"

#include "redis/call.hpp"

#include "sluice/redis/command.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace sluice {
namespace {

class hearts final : public attachment {
 public:
  std::map<std::string, std::weak_ptr<heart>> by_group;
};

}  // namespace

/// The answers to PUBLISH. A beat that is not heard shows by itself; one that is refused is told.
class heart::sent_beats final : public reply_sink {
 public:
  static void send(const std::shared_ptr<heart>& whose, const std::string& frames,
                   std::size_t count) {
    const auto sink = std::make_shared<sent_beats>();
    sink->whose_ = whose;
    sink->left_ = count;
    sink->self_ = sink;
    whose->link_.submit(
        {.frames = frames, .replies = static_cast<std::uint32_t>(count), .when_cut = risk::once},
        *sink);
  }

 private:
  void on_reply(const resp::value& value, const buffer_ref&) override {
    if (value.is_error() && !refusal_) refusal_ = server_error(value, "PUBLISH");
    if (--left_ > 0) return;
    const auto self = std::exchange(self_, nullptr);
    const auto whose = whose_.lock();
    if (whose && refusal_) whose->on_refused(*refusal_);
  }
  void on_failure(const error&) override { const auto self = std::exchange(self_, nullptr); }

  std::weak_ptr<heart> whose_;
  std::shared_ptr<sent_beats> self_;
  std::size_t left_ = 0;
  std::optional<error> refusal_;
};

std::shared_ptr<heart> heart::shared(connection& link, const std::string& group, rhythm how) {
  auto& known = link.attached<hearts>().by_group[group];
  if (auto same = known.lock()) {
    // The most demanding member sets the pace for all.
    same->rhythm_.interval = std::min(same->rhythm_.interval, how.interval);
    same->rhythm_.silence = std::min(same->rhythm_.silence, how.silence);
    same->heard_.set_silence(same->rhythm_.silence);
    return same;
  }
  std::shared_ptr<heart> made(new heart(link, group, how));
  known = made;
  made->open();
  return made;
}

heart::heart(connection& link, std::string group, rhythm how)
    : link_(link), group_(std::move(group)), rhythm_(how), heard_(how.silence) {}

heart::~heart() {
  link_.subscribed().remove(topic_kind::channel, group_, *this);
  link_.forget(*this);
  link_.cancel_timer(*this);
  link_.attached<hearts>().by_group.erase(group_);
}

void heart::open() {
  link_.observe(*this);
  open_channel();
  // Somebody else here listens already, and the confirmation does not come again.
  if (link_.subscribed().confirmed(topic_kind::channel, group_)) heard_.on_hearing(link_.now());
}

void heart::open_channel() { link_.subscribed().add(topic_kind::channel, group_, *this); }

void heart::join(const std::string& member, heart_bearer& who) {
  auto& here = members_[member];
  if (here.parts.empty()) here.heard = link_.now();
  here.parts.push_back(&who);
  // Others have to hear of it before it takes entries, or they may take it for dead.
  next_beat_ = link_.now();
  set_alarm();
}

void heart::leave(const std::string& member, heart_bearer& who) noexcept {
  const auto found = members_.find(member);
  if (found == members_.end()) return;
  std::erase(found->second.parts, &who);
  if (found->second.parts.empty()) members_.erase(found);
  if (members_.empty()) link_.cancel_timer(*this);
}

bool heart::beats(const std::string& member) const {
  const auto found = members_.find(member);
  return found != members_.end() && !found->second.lost;
}

std::vector<heart_bearer*> heart::all_parts() const {
  std::vector<heart_bearer*> all;
  for (const auto& [name, here] : members_) {
    all.insert(all.end(), here.parts.begin(), here.parts.end());
  }
  return all;
}

void heart::on_link_ready() {
  next_beat_ = link_.now();
  set_alarm();
}

void heart::on_time() {
  const auto now = link_.now();
  // This process stood still, and what came meanwhile is yet to be read.
  if (now - alarm_at_ > rhythm_.silence / 4) heard_.on_hearing(now);
  // Only one's own beat tells that somebody else's is missing: so at that moment one goes out.
  const bool must_beat = now >= next_beat_ || now >= silence_to_prove();
  if (must_beat && link_.ready()) beat();
  stop_the_unheard(now);
  set_alarm();
}

// When somebody will have been silent for long enough; not again while the own beat that proves it
// is under way.
clock::time_point heart::silence_to_prove() const {
  const auto next = heard_.next_silence();
  return next > last_beat_ ? next : clock::time_point::max();
}

// Beats wait for no link: an old one would say that somebody lives who may be dead.
void heart::beat() {
  // A server in trouble may have refused it, and whoever does not hear itself takes no work.
  if (link_.subscribed().refusal(topic_kind::channel, group_) != nullptr) open_channel();
  std::string frames;
  for (const auto& [name, here] : members_) {
    frames += command("PUBLISH").arg(group_).arg(name).frame();
  }
  sent_beats::send(shared_from_this(), frames, members_.size());
  last_beat_ = link_.now();
  next_beat_ = last_beat_ + rhythm_.interval;
}

// Before the time after which it counts as dead: nobody can have judged it yet.
void heart::stop_the_unheard(clock::time_point now) {
  std::vector<heart_bearer*> lost;
  for (auto& [name, here] : members_) {
    const auto unheard = now - here.heard;
    if (here.lost || unheard < deaf_after()) continue;
    here.lost = true;
    lost.insert(lost.end(), here.parts.begin(), here.parts.end());
    tell_at_turn_end([self = shared_from_this(), member = name, unheard] {
      self->link_.emit(events::heartbeat_lost{
          .group = self->group_,
          .member = member,
          .unheard = std::chrono::duration_cast<std::chrono::milliseconds>(unheard)});
    });
  }
  for (auto* each : lost) each->on_heart_lost();
}

void heart::set_alarm() {
  if (members_.empty()) return link_.cancel_timer(*this);
  const auto now = link_.now();
  // Without a link there is nothing to send, and nobody to judge.
  auto at = link_.ready() ? std::min(next_beat_, silence_to_prove()) : clock::time_point::max();
  for (const auto& [name, here] : members_) {
    if (!here.lost) at = std::min(at, here.heard + deaf_after());
  }
  alarm_at_ = std::max(at, now);
  if (at == clock::time_point::max()) return link_.cancel_timer(*this);
  link_.set_timer(*this, alarm_at_);
}

void heart::on_message(std::string_view, std::string_view, std::string_view payload) {
  const auto now = link_.now();
  const auto here = members_.find(payload);
  const bool own = here != members_.end();
  // The own beat was long under way: those of others, sent since, may be right behind it.
  if (own && now - here->second.heard > rhythm_.interval + rhythm_.silence / 4) {
    heard_.on_hearing(now);
  }
  heard_.on_beat(payload, now, own);
  if (!own) return;
  here->second.heard = now;
  if (std::exchange(here->second.lost, false)) {
    for (auto* each : here->second.parts) each->on_heart_back();
    tell_at_turn_end([self = shared_from_this(), member = std::string(payload)] {
      self->link_.emit(events::heartbeat_restored{.group = self->group_, .member = member});
    });
  }
  if (!heard_.somebody_fell_silent()) return;
  for (auto* each : all_parts()) each->on_silence();
}

void heart::on_listening() {
  refused_ = false;
  heard_.on_hearing(link_.now());
  // What was published before the confirmation, nobody here has heard.
  on_link_ready();
}

void heart::on_refused(const error& why) {
  if (why.code() == condition::retryable || std::exchange(refused_, true)) return;
  for (auto* each : all_parts()) each->on_heart_refused(why);
  tell_at_turn_end([self = shared_from_this(), why] {
    self->link_.emit(
        events::heartbeat_refused{.group = self->group_, .reason = why.code(), .text = why.what()});
  });
}

// Whoever is told may end members: not while somebody goes through lists of them.
void heart::tell_at_turn_end(std::function<void()> news) {
  news_.push_back(std::move(news));
  if (news_.size() == 1) link_.at_turn_end(*this);
}

void heart::on_turn_end() {
  // They keep this object.
  const auto news = std::exchange(news_, {});
  for (const auto& each : news) each();
}

}  // namespace sluice
