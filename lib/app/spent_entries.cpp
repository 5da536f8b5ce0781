#include "app/spent_entries.hpp"

#include "group/spent_script.hpp"

#include "sluice/core/error.hpp"
#include "sluice/core/event.hpp"

#include <utility>

namespace sluice {
namespace {

// Fewer are not worth a command.
constexpr std::size_t looked_after = 1'000;

}  // namespace

spent_entries::spent_entries(std::shared_ptr<connection> link, std::string stream,
                             std::string group)
    : link_(std::move(link)), stream_(std::move(stream)), group_(std::move(group)) {}

void spent_entries::on_given() {
  if (++given_ % looked_after == 0) take_out();
}

void spent_entries::take_out() {
  run_script(*link_, spent_script(), {stream_}, {"~"}, risk::repeatable,
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
