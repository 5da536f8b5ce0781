#include "group/watched_fence.hpp"

#include "sluice/redis/command.hpp"

#include <algorithm>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// Rights that are missing are rarely granted; trouble of the server passes.
constexpr auto until_asked_again = 10min;

}  // namespace

bool fenced_replies::take(const resp::value& reply) {
  refused_ = refused_ || reply.is_error();
  robbed_ = reply.is_null();
  return ++taken_ == count;
}

watched_fence::watched_fence(connection& link, const group_place& at, const std::string& member,
                             std::chrono::milliseconds mark)
    : link_(link),
      head_(command("WATCH").arg(at.robbed_key(member)).frame() +
            command("PEXPIRE").arg(at.robbed_key(member)).arg(mark.count()).frame() +
            command("MULTI").frame()),
      harmless_(command("XACK").arg(at.stream).arg(at.group).arg("0-0").frame()),
      mark_(mark) {}

bool watched_fence::usable() {
  if (!link_.ready() || link_.now() < rests_until_) return false;
  if (granted_on_ == link_.counted().connects) return true;
  if (!asked_) ask();
  return false;
}

std::string watched_fence::around(std::string_view xack) const {
  static constexpr std::string_view exec = "*1\r\n$4\r\nEXEC\r\n";
  std::string unit;
  unit.reserve(head_.size() + xack.size() + exec.size());
  return unit.append(head_).append(xack).append(exec);
}

void watched_fence::heed(const fenced_replies& what) {
  // PEXPIRE has given the mark its whole life anew; trying before its end would do so again.
  if (what.robbed()) rest(mark_);
  if (what.refused()) rest(until_asked_again);
}

void watched_fence::rest(std::chrono::milliseconds how_long) {
  rests_until_ = std::max(rests_until_, link_.now() + how_long);
  granted_on_ = 0;
}

void watched_fence::ask() {
  asked_ = true;
  answers_ = {};
  const auto unit = around(harmless_);
  const wire_request what{
      .frames = unit, .replies = fenced_replies::count, .when_cut = risk::bound};
  question_ = link_.submit(what, *this);
}

void watched_fence::on_reply(const resp::value& value, const buffer_ref&) {
  if (!answers_.take(value)) return;
  asked_ = false;
  granted_on_ = link_.counted().connects;
  heed(answers_);
}

}  // namespace sluice
