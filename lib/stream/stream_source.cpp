#include "stream/stream_source.hpp"

#include "redis/call.hpp"
#include "stream/lane.hpp"

#include "sluice/redis/command.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// Shorter than any sensible health check, so that the empty reply counts as a sign of life and no
// PING has to wait behind the block.
constexpr std::chrono::milliseconds block_time = 2s;

class source_registry final : public attachment {
 public:
  std::map<std::pair<std::string, std::string>, std::weak_ptr<stream_source>> sources;
};

// The answer to the command that only arms the doorbell. What is wrong with the key, the read that
// follows says as well.
class ignored_reply final : public reply_sink {
 public:
  void on_reply(const resp::value&, const buffer_ref&) override {}
  void on_failure(const error&) override {}
};

ignored_reply ignored;

std::size_t count_entries(const resp::value& reply) {
  std::vector<raw_entry> entries;
  decode_stream_reply(reply, entries);
  return entries.size();
}

}  // namespace

class stream_source::reader_watch final : public link_observer {
 public:
  explicit reader_watch(stream_source& owner) : owner_(owner) {}
  void on_link_ready() override { owner_.on_reader_ready(); }
  void on_link_lost() override { owner_.on_reader_lost(); }

 private:
  stream_source& owner_;
};

std::shared_ptr<stream_source> stream_source::shared(connection& link, const std::string& stream,
                                                     const std::string& group,
                                                     const source_settings& settings) {
  auto& known = link.attached<source_registry>().sources;
  auto& entry = known[{stream, group}];
  if (auto source = entry.lock()) return source;
  std::shared_ptr<stream_source> made(new stream_source(link, stream, group, settings));
  entry = made;
  made->open();
  return made;
}

std::shared_ptr<stream_source> stream_source::alone(connection& link, const std::string& stream,
                                                    const source_settings& settings) {
  std::shared_ptr<stream_source> made(new stream_source(link, stream, {}, settings));
  made->open();
  return made;
}

stream_source::stream_source(connection& link, std::string stream, std::string group,
                             const source_settings& settings)
    : link_(link),
      stream_(std::move(stream)),
      group_(std::move(group)),
      settings_(settings),
      cycle_({.how = read_cycle::style::doorbell,
              .read_arms = settings.read_arms,
              .recheck = settings.recheck,
              .poll = settings.poll,
              .depth = settings.read_arms ? 1 : reads_at_once},
             [&link] { return link.random(); }) {}

stream_source::~stream_source() {
  link_.bells().remove(stream_, *this);
  link_.forget(*this);
  link_.cancel_timer(*this);
  give_up_reader();
  if (!group_.empty()) link_.attached<source_registry>().sources.erase({stream_, group_});
}

clock::duration stream_source::longest_block() noexcept { return block_time; }

void stream_source::open() {
  link_.observe(*this);
  link_.bells().add(stream_, *this);
  if (link_.ready()) on_link_ready();
}

void stream_source::join(lane& who) {
  lanes_.push_back(&who);
  link_.want_link();
  if (cycle_.how() == read_cycle::style::block && !own_reader_ && link_.ready()) on_link_ready();
  if (unclaimed_.erase(std::string(who.member_name())) > 0) return who.on_read_lost(true);
  want(who);
}

void stream_source::leave(lane& who) noexcept {
  std::erase(lanes_, &who);
  line_.erase(std::remove(line_.begin(), line_.end(), &who), line_.end());
  who.in_source_queue = false;
  // A blocking read would keep the connection, and the program, for its whole time.
  if (lanes_.empty()) give_up_reader();
}

void stream_source::want(lane& who) {
  if (who.in_source_queue || who.wanted() == 0) return;
  who.in_source_queue = true;
  line_.push_back(&who);
  advance();
}

std::uint64_t stream_source::check() {
  cycle_.check();
  checking_ = true;
  const auto next_look = looks_ + 1;
  advance();
  return next_look;
}

// Reading.

lane* stream_source::next_in_line() {
  while (!line_.empty()) {
    auto* const first = line_.front();
    if (first->wanted() > 0) return first;
    line_.pop_front();
    first->in_source_queue = false;
  }
  return nullptr;
}

void stream_source::advance() {
  for (;;) {
    auto* const first = next_in_line();
    if (first == nullptr) return link_.cancel_timer(*this);
    const auto now = link_.now();
    if (!cycle_.linked()) return link_.set_timer(*this, now + settings_.recheck);
    const auto look = cycle_.next(now);
    if (look == read_cycle::look::no) {
      const auto alarm = cycle_.alarm();
      if (alarm == clock::time_point::max()) return link_.cancel_timer(*this);
      return link_.set_timer(*this, std::max(alarm, now));
    }
    send(*first, look);
  }
}

void stream_source::on_time() {
  if (!cycle_.linked()) ask_for_link();
  advance();
}

// A connection that was refused again and again rests until somebody asks, and whoever waits here
// sends nothing that would ask, nor hears of it.
void stream_source::ask_for_link() {
  for (auto* link : {&link_, own_reader_.get()}) {
    if (link == nullptr || !link->gave_up()) continue;
    const error why = *link->last_error();
    const auto whom = lanes_;
    for (auto* each : whom) each->report(why);
    link->want_link();
  }
}

void stream_source::send(lane& who, read_cycle::look look) {
  line_.pop_front();
  who.in_source_queue = false;
  link_.cancel_timer(*this);
  // The cycle never lets more be under way than there are places.
  auto& place = *std::find_if(reads_.begin(), reads_.end(),
                              [](const read& each) { return each.source == nullptr; });
  place.source = shared_from_this();
  place.who = who.weak_from_this();
  place.as = who.member_name();
  place.asked = who.wanted();
  place.look = ++looks_;
  place.apart = own_reader_ != nullptr;
  ++link_.counted().stream_reads;
  who.on_asked(place.asked);
  submit(place, who, look);
}

void stream_source::submit(read& place, lane& who, read_cycle::look look) {
  const bool checks = std::exchange(checking_, false);
  const bool blocks = cycle_.how() == read_cycle::style::block && !checks;
  // Arming and reading are separate requests, as each is answered by itself, but they stand one
  // behind the other in the queue: nothing can come between them.
  // A read has no deadline. Replies come in order: where one does not, none does, and the link's
  // health check sees to it. Giving up a read on a living link would only add another behind it.
  if (look == read_cycle::look::arm_and_read) {
    const auto arm = command("XLEN").arg(stream_).frame();
    reader().submit({.frames = arm, .replies = 1, .when_cut = risk::once}, ignored);
  }
  const auto frame = who.read_command(place.asked, blocks ? block_time : 0ms).frame();
  reader().submit({.frames = frame, .replies = 1, .when_cut = risk::once}, place);
}

stream_source::outcome stream_source::finish(read& done) {
  outcome what{.source = std::exchange(done.source, nullptr),
               .who = done.who.lock(),
               .as = std::move(done.as),
               .asked = done.asked,
               .look = done.look,
               .apart = done.apart};
  if (what.who) what.who->on_answered(what.asked);
  return what;
}

void stream_source::read::on_reply(const resp::value& value, const buffer_ref& bytes) {
  const auto done = finish(*this);
  if (value.is_error()) return done.source->on_error(done, server_error(value, "XREADGROUP"));
  done.source->on_read(done, value, bytes);
}

void stream_source::read::on_failure(const error& why) {
  const auto done = finish(*this);
  done.source->on_error(done, why);
}

void stream_source::on_read(const outcome& done, const resp::value& value,
                            const buffer_ref& bytes) {
  std::size_t got = 0;
  try {
    got = done.who ? done.who->accept(value, bytes) : count_entries(value);
  } catch (const error& malformed) {
    return on_error(done, malformed);
  }
  if (got > 0 && (!done.who || done.who->retired())) leave_to_successor(done);
  link_.counted().entries_read += got;
  if (got == 0) ++link_.counted().empty_reads;
  cycle_.on_read(got, done.asked, link_.now());
  if (got < done.asked) tell_empty_look(done.look);
  // Who got nothing is still first in line; who was served goes behind the others.
  if (is_here(done.who.get()) && !done.who->in_source_queue && done.who->wanted() > 0) {
    done.who->in_source_queue = true;
    got == 0 ? line_.push_front(done.who.get()) : line_.push_back(done.who.get());
  }
  if (done.who) done.who->on_read_done();
  advance();
}

bool stream_source::is_here(const lane* who) const noexcept {
  return std::find(lanes_.begin(), lanes_.end(), who) != lanes_.end();
}

void stream_source::tell_empty_look(std::uint64_t look) {
  const auto whom = lanes_;
  for (auto* each : whom) each->on_empty_look(look);
}

void stream_source::on_error(const outcome& done, const error& why) {
  if (why.code() == errc::closed) return on_reader_given_up(done);
  const bool malformed = why.code() == errc::unexpected_reply;
  const bool too_large = why.code() == errc::reply_too_large;
  const bool unanswered =
      malformed || too_large || why.code() == errc::outcome_unknown || why.code() == errc::timeout;
  const auto pause = cycle_.on_failure(link_.now());
  if (unanswered && (!done.who || done.who->retired())) leave_to_successor(done);
  if (done.who && unanswered && !malformed) done.who->ask_for_one();
  if (done.who && unanswered) done.who->on_read_lost(done.apart);
  // A lane that has left is mending what the read before this one found.
  const bool here = is_here(done.who.get());
  const bool in_vain = malformed || (too_large && done.asked == 1);
  if (in_vain || (here && !unanswered && !done.who->mend(why))) tell_failure(why, pause);
  if (is_here(done.who.get())) want(*done.who);
  advance();
}

// On the connection for blocking reads a read can be answered after a new consumer has taken over
// its member's name and looked through the backlog, which went another way. It has to look again.
void stream_source::leave_to_successor(const outcome& done) {
  if (!done.apart || done.as.empty()) return;
  const auto heir = std::find_if(lanes_.begin(), lanes_.end(), [&done](const lane* each) {
    return each->member_name() == done.as;
  });
  if (heir == lanes_.end()) {
    unclaimed_.insert(done.as);
  } else {
    (*heir)->on_read_lost(done.apart);
  }
}

void stream_source::tell_failure(const error& why, clock::duration pause) {
  link_.emit(
      events::read_failed{.stream = stream_,
                          .group = group_,
                          .reason = why.code(),
                          .text = why.what(),
                          .pause = std::chrono::duration_cast<std::chrono::milliseconds>(pause)});
  const auto whom = lanes_;
  for (auto* each : whom) each->report(why);
}

// The client was closed, or the connection for blocking reads is not needed any more. What that one
// was being sent is pending under the lane's name.
void stream_source::on_reader_given_up(const outcome& done) {
  cycle_.on_abandoned();
  if (link_.closed()) return;
  if (!done.who || done.who->retired()) return leave_to_successor(done);
  done.who->on_read_lost(done.apart);
  // Whoever waits does not ask again by itself. A client that closes would refuse again and again.
  if (done.apart && !own_reader_ && is_here(done.who.get())) want(*done.who);
}

// The link and the bell.

void stream_source::on_ring() {
  cycle_.on_ring();
  advance();
}

read_cycle::style stream_source::style_here() const {
  const bool doorbell_works = link_.server().doorbell() != doorbell_state::absent;
  switch (settings_.how) {
    case wake::poll:
      break;
    case wake::block:
      return read_cycle::style::block;
    case wake::doorbell:
      if (doorbell_works) return read_cycle::style::doorbell;
      break;
    case wake::automatic:
      return doorbell_works ? read_cycle::style::doorbell : read_cycle::style::block;
  }
  return read_cycle::style::poll;
}

void stream_source::on_link_ready() {
  cycle_.use(style_here());
  if (cycle_.how() == read_cycle::style::block) return open_reader();
  // Arming on a connection whose bells nobody hears would be worth nothing.
  give_up_reader();
  cycle_.on_link_ready();
  advance();
}

void stream_source::open_reader() {
  // Nobody would close it again.
  if (lanes_.empty()) return;
  if (!own_reader_) {
    cycle_.on_link_lost();
    own_reader_ = link_.another();
    watch_ = std::make_unique<reader_watch>(*this);
    own_reader_->observe(*watch_);
  }
  own_reader_->want_link();
  advance();
}

void stream_source::give_up_reader() noexcept {
  if (!own_reader_) return;
  const auto gone = std::exchange(own_reader_, nullptr);
  gone->forget(*watch_);
  watch_.reset();
  cycle_.on_link_lost();
  gone->stop();
}

void stream_source::on_link_lost() {
  if (!own_reader_) cycle_.on_link_lost();
}

void stream_source::on_reader_ready() {
  cycle_.on_link_ready();
  advance();
}

void stream_source::on_reader_lost() { cycle_.on_link_lost(); }

}  // namespace sluice
