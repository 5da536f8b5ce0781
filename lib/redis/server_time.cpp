#include "redis/server_time.hpp"

#include "redis/posting.hpp"

#include "sluice/redis/command.hpp"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr auto asked_every = 10s;

milliseconds steady(const connection& link) {
  return duration_cast<milliseconds>(link.time().now().time_since_epoch());
}

// TIME answers seconds and microseconds.
std::optional<milliseconds> read_time(const resp::value& reply) {
  if (!reply.is_aggregate() || reply.size() != 2) return std::nullopt;
  auto part = reply.begin();
  const auto seconds = (*part).integer();
  const auto micros = (*++part).integer();
  if (!seconds || !micros) return std::nullopt;
  return milliseconds(*seconds * 1'000 + *micros / 1'000);
}

}  // namespace

server_time& server_time::of(connection& link) {
  auto& found = link.attached<server_time>();
  if (found.link_ == nullptr) found.begin(link);
  return found;
}

// The connection owns it, and ends first what belongs to it.
server_time::~server_time() = default;

void server_time::begin(connection& link) {
  link_ = &link;
  link.observe(*this);
  ask();
}

void server_time::ask() {
  link_->set_timer(*this, link_->now() + asked_every);
  const auto before = steady(*link_);
  post(*link_, command("TIME").frame(), risk::repeatable,
       [this, life = std::weak_ptr<void>(life_), before](const resp::value& reply,
                                                         const error* failure) {
         if (life.expired() || failure != nullptr) return;
         const auto there = read_time(reply);
         if (there) ahead_ = *there - (before + steady(*link_)) / 2;
       });
}

milliseconds server_time::now() const {
  if (ahead_) return steady(*link_) + *ahead_;
  return duration_cast<milliseconds>(link_->time().wall_now().time_since_epoch());
}

}  // namespace sluice
