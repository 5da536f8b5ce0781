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
              .poll = settings.poll},
             [&link] { return link.random(); }) {}

stream_source::~stream_source() {
  link_.bells().remove(stream_, *this);
  link_.forget(*this);
  link_.cancel_timer(*this);
  if (own_reader_) {
    own_reader_->forget(*watch_);
    own_reader_->stop();
  }
  if (!group_.empty()) link_.attached<source_registry>().sources.erase({stream_, group_});
}

void stream_source::open() {
  link_.observe(*this);
  link_.bells().add(stream_, *this);
  if (link_.ready()) on_link_ready();
}

void stream_source::join(lane& who) {
  lanes_.push_back(&who);
  link_.want_link();
  if (own_reader_ && own_reader_->closed() && link_.ready()) on_link_ready();
  want(who);
}

void stream_source::leave(lane& who) noexcept {
  std::erase(lanes_, &who);
  std::erase(line_, &who);
  who.in_source_queue = false;
  // A blocking read would keep the connection, and the program, for its whole time.
  if (lanes_.empty() && own_reader_) own_reader_->stop();
}

void stream_source::want(lane& who) {
  if (who.in_source_queue || who.wanted() == 0) return;
  who.in_source_queue = true;
  line_.push_back(&who);
  advance();
}

std::uint64_t stream_source::check() {
  cycle_.check();
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
  auto* const first = next_in_line();
  if (first == nullptr) return link_.cancel_timer(*this);
  const auto now = link_.now();
  const auto look = cycle_.next(now);
  if (look != read_cycle::look::no) return send(*first, look);
  const auto alarm = cycle_.alarm();
  if (alarm == clock::time_point::max()) return link_.cancel_timer(*this);
  link_.set_timer(*this, std::max(alarm, now));
}

void stream_source::send(lane& who, read_cycle::look look) {
  line_.pop_front();
  who.in_source_queue = false;
  link_.cancel_timer(*this);
  reading_for_ = who.weak_from_this();
  busy_ = shared_from_this();
  ++looks_;
  ++link_.counted().stream_reads;
  const bool blocks = cycle_.how() == read_cycle::style::block;
  asked_ = who.wanted();

  // Arming and reading are separate requests, as each is answered by itself, but they stand one
  // behind the other in the queue: nothing can come between them.
  const auto limit = link_.options().timeout() + (blocks ? block_time : 0ms);
  const auto deadline = link_.options().timeout().count() == 0 ? clock::time_point::max()
                                                               : link_.now() + limit;
  if (look == read_cycle::look::arm_and_read) {
    const auto arm = command("XLEN").arg(stream_).frame();
    reader().submit({.frames = arm, .replies = 1, .when_cut = risk::once, .deadline = deadline},
                    ignored);
  }
  const auto read = who.read_command(asked_, blocks ? block_time : 0ms).frame();
  reader().submit({.frames = read, .replies = 1, .when_cut = risk::once, .deadline = deadline},
                  *this);
}

void stream_source::on_reply(const resp::value& value, const buffer_ref& bytes) {
  if (value.is_error()) return on_error(server_error(value, "XREADGROUP"));
  const auto self = std::exchange(busy_, nullptr);
  const auto reader_lane = reading_for_.lock();
  std::size_t got = 0;
  try {
    if (reader_lane) got = reader_lane->accept(value, bytes);
  } catch (const error& malformed) {
    busy_ = self;
    return on_error(malformed);
  }
  link_.counted().entries_read += got;
  if (got == 0) ++link_.counted().empty_reads;
  cycle_.on_read(got, asked_, link_.now());
  if (got < asked_) tell_empty_look();
  // Who got nothing is still first in line; who was served goes behind the others.
  if (reader_lane && !reader_lane->in_source_queue && reader_lane->wanted() > 0 &&
      std::find(lanes_.begin(), lanes_.end(), reader_lane.get()) != lanes_.end()) {
    reader_lane->in_source_queue = true;
    got == 0 ? line_.push_front(reader_lane.get()) : line_.push_back(reader_lane.get());
  }
  advance();
}

void stream_source::tell_empty_look() {
  const auto whom = lanes_;
  for (auto* each : whom) each->on_empty_look(looks_);
}

void stream_source::on_failure(const error& why) { on_error(why); }

void stream_source::on_error(const error& why) {
  const auto self = std::exchange(busy_, nullptr);
  const auto reader_lane = reading_for_.lock();
  const bool unanswered = why.code() == errc::outcome_unknown || why.code() == errc::timeout ||
                          why.code() == errc::unexpected_reply;
  if (why.code() == errc::closed) {
    cycle_.on_link_lost();
    if (reader_lane) reader_lane->report(why);
    return;
  }
  const auto now = link_.now();
  const auto pause = cycle_.on_failure(now);
  if (reader_lane) {
    if (unanswered) reader_lane->on_read_lost();
    if (!unanswered && !reader_lane->mend(why)) {
      link_.emit(events::read_failed{
          .stream = stream_,
          .group = group_,
          .reason = why.code(),
          .text = why.what(),
          .pause = std::chrono::duration_cast<std::chrono::milliseconds>(pause)});
      const auto whom = lanes_;
      for (auto* each : whom) each->report(why);
    }
    if (std::find(lanes_.begin(), lanes_.end(), reader_lane.get()) != lanes_.end()) {
      want(*reader_lane);
    }
  }
  advance();
}

// The link and the bell.

void stream_source::on_ring() {
  cycle_.on_ring();
  advance();
}

void stream_source::on_link_ready() {
  const bool doorbell_works = link_.server().doorbell() != doorbell_state::absent;
  switch (settings_.how) {
    case wake::poll: cycle_.use(read_cycle::style::poll); break;
    case wake::block: cycle_.use(read_cycle::style::block); break;
    case wake::doorbell:
      cycle_.use(doorbell_works ? read_cycle::style::doorbell : read_cycle::style::poll);
      break;
    case wake::automatic:
      cycle_.use(doorbell_works ? read_cycle::style::doorbell : read_cycle::style::block);
      break;
  }
  if (cycle_.how() != read_cycle::style::block) {
    cycle_.on_link_ready();
    return advance();
  }
  if (!own_reader_ || own_reader_->closed()) {
    own_reader_ = connection::make(link_.executor(), link_.options());
    watch_ = std::make_unique<reader_watch>(*this);
    own_reader_->observe(*watch_);
  }
  own_reader_->want_link();
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
