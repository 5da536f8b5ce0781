#include "app/spent_entries.hpp"

#include "sluice/core/error.hpp"
#include "sluice/core/event.hpp"
#include "sluice/redis/script.hpp"

#include <utility>

namespace sluice {
namespace {

// Fewer are not worth a command.
constexpr std::size_t looked_after = 1'000;

// Up to its oldest pending entry a group is done with all, and where none is pending up to what it
// was given last. Only whole nodes are taken out, which is cheap.
const script& take_out_script() {
  static const script made(R"lua(
local function before(one, other)
  local ms, seq = one:match('(%d+)-(%d+)')
  local other_ms, other_seq = other:match('(%d+)-(%d+)')
  if ms ~= other_ms then return tonumber(ms) < tonumber(other_ms) end
  return tonumber(seq) < tonumber(other_seq)
end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local edge
for _, each in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local of = {}
  for i = 1, #each, 2 do of[each[i]] = each[i + 1] end
  local first = of['last-delivered-id']
  local oldest = of['pending'] > 0 and redis.call('XPENDING', KEYS[1], of['name'])[2]
  if oldest and before(oldest, first) then first = oldest end
  if not edge or before(first, edge) then edge = first end
end
return edge and redis.call('XTRIM', KEYS[1], 'MINID', '~', edge) or 0
)lua");
  return made;
}

}  // namespace

spent_entries::spent_entries(std::shared_ptr<connection> link, std::string stream,
                             std::string group)
    : link_(std::move(link)), stream_(std::move(stream)), group_(std::move(group)) {}

void spent_entries::on_given() {
  if (++given_ % looked_after == 0) take_out();
}

void spent_entries::take_out() {
  run_script(*link_, take_out_script(), {stream_}, {}, risk::repeatable,
             [self = shared_from_this()](const script_outcome& what) { self->on_taken_out(what); });
}

// Once, until it succeeds.
void spent_entries::on_taken_out(const script_outcome& what) {
  const auto* const why = what.failure;
  if (why != nullptr && why->code() == errc::closed) return;
  const bool known = std::exchange(told_, why != nullptr);
  if (why == nullptr || known) return;
  link_->emit(events::upkeep_failed{.stream = stream_,
                                    .group = group_,
                                    .what = "taking out messages that all are done with",
                                    .reason = why->code(),
                                    .text = why->what()});
}

}  // namespace sluice
