#include "redis/subscriptions.hpp"

#include "redis/call.hpp"
#include "redis/connection.hpp"

#include "sluice/redis/command.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace sluice {
namespace {

// Nobody waits for the confirmation of an UNSUBSCRIBE, and when the link breaks there is nothing
// left to unsubscribe.
class ignored_answer final : public reply_sink {
 public:
  void on_reply(const resp::value&, const buffer_ref&) override {}
  void on_failure(const error&) override {}
};

ignored_answer ignored;

}  // namespace

// A channel or pattern. Its request is never sent again by the engine: every new link asks anew.
class subscriptions::topic final : public reply_sink {
 public:
  topic(connection& link, topic_kind kind, std::string name)
      : link_(link), kind_(kind), name_(std::move(name)) {}
  ~topic() { link_.abandon(ticket_); }

  void ask() {
    link_.abandon(ticket_);
    refusal_.reset();
    confirmed_ = false;
    asked_ = true;
    const auto number = submit(kind_ == topic_kind::channel ? "SUBSCRIBE" : "PSUBSCRIBE", *this);
    if (asked_) ticket_ = number;
  }

  void take_back() {
    link_.abandon(std::exchange(ticket_, 0));
    submit(kind_ == topic_kind::channel ? "UNSUBSCRIBE" : "PUNSUBSCRIBE", ignored);
  }

  void on_link_lost() noexcept {
    confirmed_ = false;
    refusal_.reset();
  }

  bool confirmed() const noexcept { return confirmed_; }
  const std::optional<error>& refusal() const noexcept { return refusal_; }

  std::vector<channel_listener*> listeners;

 private:
  engine::ticket submit(std::string_view verb, reply_sink& sink) {
    const auto frame = command(verb).arg(name_).frame();
    return link_.submit({.frames = frame,
                         .replies = 1,
                         .when_cut = risk::once,
                         .deadline = clock::time_point::max(),
                         .answered_by = answer_kind::confirmation},
                        sink);
  }

  void on_reply(const resp::value& value, const buffer_ref&) override {
    settle();
    if (value.is_error()) {
      refusal_ = server_error(value, kind_ == topic_kind::channel ? "SUBSCRIBE" : "PSUBSCRIBE");
      for (auto* each : listeners) each->on_refused(*refusal_);
    } else {
      confirmed_ = true;
      for (auto* each : listeners) each->on_listening();
    }
  }

  // The next link asks again; what keeps links from coming, the listeners are told as such.
  void on_failure(const error&) override { settle(); }

  void settle() noexcept {
    asked_ = false;
    ticket_ = 0;
  }

  connection& link_;
  topic_kind kind_;
  std::string name_;
  engine::ticket ticket_ = 0;
  bool asked_ = false;
  bool confirmed_ = false;
  std::optional<error> refusal_;
};

subscriptions::subscriptions(connection& link) noexcept : link_(link) {}

subscriptions::~subscriptions() = default;

void subscriptions::add(topic_kind kind, const std::string& name, channel_listener& who) {
  auto& entry = of(kind)[name];
  const bool known = entry != nullptr;
  if (!known) entry = std::make_unique<topic>(link_, kind, name);
  auto& listeners = entry->listeners;
  if (std::ranges::find(listeners, &who) == listeners.end()) listeners.push_back(&who);
  if (!link_.ready()) return link_.want_link();
  // What was refused before may be granted by now.
  if (!known || entry->refusal()) entry->ask();
}

void subscriptions::remove(topic_kind kind, const std::string& name,
                           channel_listener& who) noexcept {
  auto& known = of(kind);
  const auto found = known.find(name);
  if (found == known.end()) return;
  std::erase(found->second->listeners, &who);
  if (!found->second->listeners.empty()) return;
  if (link_.ready()) found->second->take_back();
  known.erase(found);
}

const subscriptions::topic* subscriptions::find(topic_kind kind, const std::string& name) const {
  const auto& known = kind == topic_kind::channel ? channels_ : patterns_;
  const auto found = known.find(name);
  return found == known.end() ? nullptr : found->second.get();
}

bool subscriptions::confirmed(topic_kind kind, const std::string& name) const {
  const auto* const known = find(kind, name);
  return known != nullptr && known->confirmed();
}

const error* subscriptions::refusal(topic_kind kind, const std::string& name) const {
  const auto* const known = find(kind, name);
  return known != nullptr && known->refusal() ? &*known->refusal() : nullptr;
}

// "message" channel payload, or "pmessage" pattern channel payload (redis.io, "Pub/Sub").
void subscriptions::on_push(const resp::value& push) {
  const auto what = push[0].text();
  if (what == "message" && push.size() == 3) {
    deliver(topic_kind::channel, push[1].text(), push[1].text(), push[2].text());
  } else if (what == "pmessage" && push.size() == 4) {
    deliver(topic_kind::pattern, push[1].text(), push[2].text(), push[3].text());
  }
}

void subscriptions::deliver(topic_kind kind, std::string_view topic_name, std::string_view channel,
                            std::string_view payload) {
  const auto found = of(kind).find(topic_name);
  if (found == of(kind).end()) return;
  const auto pattern = kind == topic_kind::pattern ? topic_name : std::string_view();
  for (auto* each : found->second->listeners) each->on_message(pattern, channel, payload);
}

void subscriptions::on_link_ready() {
  for (auto* known : {&channels_, &patterns_}) {
    for (const auto& [name, each] : *known) each->ask();
  }
}

void subscriptions::on_link_lost() {
  for (auto* known : {&channels_, &patterns_}) {
    for (const auto& [name, each] : *known) each->on_link_lost();
  }
  tell_all([](channel_listener& who) { who.on_interrupted(); });
}

void subscriptions::on_hopeless(const error& why) {
  tell_all([&](channel_listener& who) { who.on_refused(why); });
}

void subscriptions::on_end() {
  tell_all([](channel_listener& who) { who.on_end(); });
}

// Each once, however many topics it has.
template <class Tell>
void subscriptions::tell_all(Tell&& tell) {
  std::set<channel_listener*> whom;
  for (const auto* known : {&channels_, &patterns_}) {
    for (const auto& [name, each] : *known) {
      whom.insert(each->listeners.begin(), each->listeners.end());
    }
  }
  for (auto* each : whom) tell(*each);
}

}  // namespace sluice
