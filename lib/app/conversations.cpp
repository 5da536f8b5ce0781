#include "app/conversations.hpp"

#include "redis/client_access.hpp"
#include "redis/posting.hpp"

#include "sluice/core/result.hpp"
#include "sluice/redis/command.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// How long the answers to a process that is gone stay; and how long one may be out of reach.
constexpr std::chrono::milliseconds lifetime = 60s;
// Making it is tried again, ever more rarely.
constexpr clock::duration first_retry = 100ms;
constexpr clock::duration longest_retry = 20s;
// Each trim rings our own bell once more.
constexpr std::size_t kept_at_most = 256;

bool is_there_already(const error& why) {
  return why.why().server_text().find("equal or smaller") != std::string_view::npos;
}

}  // namespace

conversations::conversations(const client& redis, std::string reply_stream)
    : link_(client_access::shared_link(redis)), redis_(redis), stream_(std::move(reply_stream)) {}

conversations::~conversations() { end(); }

void conversations::end() noexcept {
  if (std::exchange(ended_, true) || !begun_) return;
  answers_->close();
  link_->forget(*this);
  link_->cancel_timer(*this);
  command gone("UNLINK");
  gone.arg(stream_);
  post(*link_, gone.frame(), risk::once, [](const resp::value&, const error*) {});
}

void conversations::open(const std::shared_ptr<lane_state>& which, envelope& what) {
  if (!std::exchange(begun_, true)) begin();
  open_.insert_or_assign(which->id(), which);
  what.reply_stream = stream_;
}

void conversations::close(const lane_state& which) noexcept {
  which.tell_unheard();
  open_.erase(which.id());
}

void conversations::when_there(std::function<void()> tell) {
  there_ ? tell() : when_there_.push_back(std::move(tell));
}

void conversations::begin() {
  link_->observe(*this);
  make_stream();
  answers_ = std::make_shared<consumer>(redis_, streams(stream_, start::earliest()));
  asio::co_spawn(link_->executor(), listen(weak_from_this(), answers_),
                 [](const std::exception_ptr&) {});
}

// It must be there before the first answer: an entry that is trimmed at once leaves it empty. A
// second time its id is refused, so that nothing is trimmed that came between.
void conversations::make_stream() {
  command made("XADD");
  made.arg(stream_, "MAXLEN", 0, "0-1", "open", 1);
  post(*link_, made.frame(), risk::repeatable,
       [whose = weak_from_this()](const resp::value&, const error* failure) {
         if (const auto self = whose.lock()) self->on_stream_made(failure);
       });
  command lasting("PEXPIRE");
  lasting.arg(stream_, lifetime.count());
  post(*link_, lasting.frame(), risk::repeatable, [](const resp::value&, const error*) {});
  link_->set_timer(*this, link_->now() + lifetime / 3);
}

void conversations::on_stream_made(const error* failure) {
  there_ = failure == nullptr || is_there_already(*failure);
  if (there_) {
    pause_ = 0ms;
  } else {
    fail_all(*failure);
    make_again_later();
  }
  for (const auto& tell : std::exchange(when_there_, {})) tell();
}

void conversations::make_again_later() {
  if (ended_) return;
  pause_ = std::clamp(2 * pause_, first_retry, longest_retry);
  link_->set_timer(*this, link_->now() + pause_);
}

void conversations::renew() {
  command again("PEXPIRE");
  again.arg(stream_, lifetime.count());
  link_->set_timer(*this, link_->now() + lifetime / 3);
  post(*link_, again.frame(), risk::repeatable,
       [whose = weak_from_this()](const resp::value& reply, const error* failure) {
         const auto self = whose.lock();
         if (self && failure == nullptr && reply.integer() == 0) self->on_stream_lost();
       });
}

// The server was flushed, or out of reach for too long: who answered meanwhile was told that nobody
// listens.
void conversations::on_stream_lost() {
  if (ended_) return;
  there_ = false;
  fail_all(error(errc::feedback_lost, "the stream of answers was lost on the server"));
  make_stream();
}

void conversations::fail_all(const error& why) {
  for (const auto& [id, which] : open_) {
    if (const auto lane = which.lock()) lane->on_lost(why);
  }
}

void conversations::trim() {
  untrimmed_ = 0;
  command cut("XTRIM");
  cut.arg(stream_, "MINID", heard_->next().to_string());
  post(*link_, cut.frame(), risk::repeatable, [](const resp::value&, const error*) {});
}

void conversations::on_answer(const entry& from) {
  heard_ = from.id();
  if (++untrimmed_ >= kept_at_most) trim();
  auto what = decode_answer(from);
  const auto found = what ? open_.find(what->id) : open_.end();
  const auto lane = found == open_.end() ? nullptr : found->second.lock();
  if (!lane || !lane->on_answer(*std::move(what))) ++dropped_;
}

asio::awaitable<void> conversations::listen(std::weak_ptr<conversations> whose,
                                            std::shared_ptr<consumer> from) {
  while (true) {
    auto coming = from->get_batch(kept_at_most);
    // What fails is told by an event and tried again underneath.
    auto came = co_await as_result(std::move(coming));
    const auto self = whose.lock();
    if (!self || self->ended_) co_return;
    if (!came && came.error().code() == errc::closed) co_return;
    if (!came) continue;
    if (came->empty()) co_return;
    for (const auto& each : *came) self->on_answer(each);
  }
}

void conversations::on_link_ready() { renew(); }

void conversations::on_time() {
  if (untrimmed_ > 0) trim();
  there_ ? renew() : make_stream();
}

}  // namespace sluice
