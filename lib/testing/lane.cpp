#include "testing/lane.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice::testing {

namespace {

constexpr std::size_t largest_piece = std::size_t{64} * 1024;

// A throttled link is refilled this often a second, so that it flows and does not jump.
constexpr std::uint64_t refills = 50;

resp::limits no_limits() {
  constexpr auto largest = std::numeric_limits<std::size_t>::max() / 4;
  return {.max_line = largest,
          .max_bulk = largest,
          .max_elements = largest,
          .max_depth = largest,
          .max_reply = largest,
          .max_push_elements = largest};
}

}  // namespace

lane::lane(fault_plan& plan) : plan_(plan), scanner_(no_limits()) {}

// ---- Arrival

void lane::receive(std::string_view bytes, time_point now) {
  plan_.counts.bytes_received += bytes.size();
  const auto at = due(now);
  while (!bytes.empty()) bytes.remove_prefix(scan_part(bytes, at));
}

void lane::finish(cut how, time_point now) {
  last_due_ = due(now);
  finished_ = how;
}

void lane::inject(std::string_view bytes) { injected_.emplace_back(bytes); }

lane::time_point lane::due(time_point now) {
  const auto& standing = plan_.standing;
  auto when = now + standing.delay;
  if (standing.jitter.count() > 0) {
    const auto range = static_cast<std::uint64_t>(standing.jitter.count()) + 1;
    when += std::chrono::microseconds(plan_.random() % range);
  }
  last_due_ = std::max(last_due_, when);  // what was sent first arrives first
  return last_due_;
}

/// Enqueues the bytes up to the end of the current frame, or all of them.
std::size_t lane::scan_part(std::string_view bytes, time_point due) {
  if (opaque_) {
    enqueue(bytes, {.due = due, .what = content::unknown, .starts = true, .ends = false});
    return bytes.size();
  }
  const bool starts = partial_.empty();
  const std::size_t known = partial_.size();
  if (starts) kind_ = bytes.front() == '>' ? content::push : content::frame;
  if (!starts) partial_.append(bytes);

  switch (scanner_.scan(starts ? bytes : std::string_view(partial_))) {
    case resp::scanner::status::malformed:
      opaque_ = true;
      return scan_part(bytes, due);
    case resp::scanner::status::incomplete:
      if (starts) partial_ = bytes;
      enqueue(bytes, {.due = due, .what = kind_, .starts = starts, .ends = false});
      return bytes.size();
    case resp::scanner::status::complete:
      break;
  }
  const std::size_t own = scanner_.size() - known;
  enqueue(bytes.substr(0, own), {.due = due, .what = kind_, .starts = starts, .ends = true});
  ++(kind_ == content::push ? plan_.counts.pushes_received : plan_.counts.frames_received);
  partial_.clear();
  scanner_.reset();
  return own;
}

void lane::enqueue(std::string_view bytes, segment part) {
  part.bytes = bytes;
  queue_.push_back(std::move(part));
  waiting_ += bytes.size();
}

// ---- Departure

lane::step lane::next(time_point now) {
  if (over_) return {};
  if (!cut_) {
    if (plan_.standing.held) return {};
    if (not_before_ > now) return {.what = step::kind::wait, .until = not_before_};
    std::string out = gather(now);
    if (!out.empty()) {
      pace(out.size(), now);
      return {.what = step::kind::send, .bytes = std::move(out)};
    }
  }
  return rest(now);
}

/// What is left to do when nothing can pass.
lane::step lane::rest(time_point now) {
  if (cut_) {
    over_ = true;
    return {.what = *cut_ == cut::close ? step::kind::close : step::kind::reset};
  }
  if (!queue_.empty()) return {.what = step::kind::wait, .until = queue_.front().due};
  if (!finished_ || plan_.standing.dropping) return {};
  if (last_due_ > now) return {.what = step::kind::wait, .until = last_due_};
  over_ = true;
  return {.what = *finished_ == cut::close ? step::kind::half_close : step::kind::reset};
}

/// The bytes that may pass now, in one piece of the size that the plan allows.
std::string lane::gather(time_point now) {
  std::string out;
  const std::size_t limit = piece_limit();
  while (out.size() < limit && !cut_) {
    admit_injected();
    if (queue_.empty() || queue_.front().due > now) break;
    begin_segment();
    const bool own = queue_.front().what == content::extra;
    if (!own && (plan_.standing.dropping || verdict_ != verdict::pass)) {
      vanish();
    } else if (own || !strike(out)) {
      append_piece(out, limit);
    }
  }
  return out;
}

/// Puts injected bytes at the head of the queue, if that is between two frames and after earlier
/// ones.
void lane::admit_injected() {
  if (injected_.empty() || inside_frame_) return;
  if (!queue_.empty() && queue_.front().what == content::extra) return;
  put_in_front(std::move(injected_.front()));
  injected_.pop_front();
}

std::size_t lane::piece_limit() const noexcept {
  const auto& standing = plan_.standing;
  std::size_t limit = largest_piece;
  if (standing.slice > 0) limit = std::min(limit, standing.slice);
  if (standing.bytes_per_second > 0) {
    limit =
        std::min<std::size_t>(limit, std::max<std::size_t>(1, standing.bytes_per_second / refills));
  }
  return limit;
}

/// Decides about a frame when its first byte comes up: later would be too late.
void lane::begin_segment() {
  const segment& front = queue_.front();
  if (!front.starts || front.gone > 0) return;
  inside_frame_ = front.what != content::unknown;
  verdict_ = verdict::pass;
  if (front.what == content::push && plan_.standing.dropping_pushes) verdict_ = verdict::drop;
  if (front.what != content::frame) return;
  const auto fault = std::ranges::find_if(plan_.frame_faults, [&](const frame_fault& candidate) {
    return candidate.what == frame_fault::kind::lose &&
           candidate.number == plan_.counts.frames_passed + 1;
  });
  if (fault == plan_.frame_faults.end()) return;
  verdict_ = verdict::lose;
  lost_how_ = fault->how;
  plan_.frame_faults.erase(fault);
}

/// Removes the first segment, of which nothing is left.
void lane::end_segment() {
  const segment done = std::move(queue_.front());
  queue_.pop_front();
  if (!done.ends) return;
  inside_frame_ = false;
  const verdict was = std::exchange(verdict_, verdict::pass);
  if (was == verdict::lose) cut_ = lost_how_;
  if (was != verdict::pass || plan_.standing.dropping || done.what != content::frame) return;
  ++plan_.counts.frames_passed;
  const auto fault = std::ranges::find_if(plan_.frame_faults, [&](const frame_fault& candidate) {
    return candidate.what == frame_fault::kind::cut_after &&
           candidate.number <= plan_.counts.frames_passed;
  });
  if (fault == plan_.frame_faults.end()) return;
  cut_ = fault->how;
  plan_.frame_faults.erase(fault);
}

/// Lets a fault strike whose turn is at the very next byte.
/// @return whether it took that byte, or the connection, so that nothing may be appended now.
bool lane::strike(std::string& out) {
  const auto fault = std::ranges::find_if(plan_.byte_faults, [&](const byte_fault& candidate) {
    return candidate.position <= plan_.counts.bytes_passed;
  });
  if (fault == plan_.byte_faults.end()) return false;
  const byte_fault struck = *fault;
  plan_.byte_faults.erase(fault);
  switch (struck.what) {
    case byte_fault::kind::truncate:
      cut_ = struck.how;
      return true;
    case byte_fault::kind::corrupt:
      take(out, 1);
      out.back() = static_cast<char>(static_cast<unsigned char>(out.back()) ^ struck.mask);
      return true;
    case byte_fault::kind::duplicate:
      to_repeat_ = struck.count;
      return false;
  }
  return false;
}

/// Appends what may pass before the next fault, the end of the piece and the end of the segment.
void lane::append_piece(std::string& out, std::size_t limit) {
  const segment& front = queue_.front();
  std::size_t count = std::min(limit - out.size(), front.bytes.size() - front.gone);
  if (front.what == content::extra) return take(out, count);
  for (const auto& fault : plan_.byte_faults) {
    count = std::min<std::size_t>(count, fault.position - plan_.counts.bytes_passed);
  }
  if (to_repeat_ == 0) {
    take(out, count);
  } else {
    count = std::min(count, to_repeat_);
    take(out, count);
    repeated_.append(out, out.size() - count);
    to_repeat_ -= count;
    if (to_repeat_ == 0) put_in_front(std::exchange(repeated_, {}));
  }
  cut_when_due();
}

/// Moves bytes of the first segment to `out`.
void lane::take(std::string& out, std::size_t count) {
  segment& front = queue_.front();
  out.append(front.bytes, front.gone, count);
  front.gone += count;
  waiting_ -= count;
  if (front.what != content::extra) plan_.counts.bytes_passed += count;
  if (front.gone == front.bytes.size()) end_segment();
}

/// A connection to be cut after a byte does not wait for the byte after that.
void lane::cut_when_due() {
  const auto fault = std::ranges::find_if(plan_.byte_faults, [&](const byte_fault& candidate) {
    return candidate.what == byte_fault::kind::truncate &&
           candidate.position <= plan_.counts.bytes_passed;
  });
  if (fault == plan_.byte_faults.end()) return;
  cut_ = fault->how;
  plan_.byte_faults.erase(fault);
}

void lane::put_in_front(std::string bytes) {
  if (bytes.empty()) return;
  waiting_ += bytes.size();
  queue_.push_front({.due = time_point::min(),
                     .what = content::extra,
                     .starts = false,
                     .ends = false,
                     .bytes = std::move(bytes)});
}

/// Takes the first segment away without a trace.
void lane::vanish() {
  segment& front = queue_.front();
  waiting_ -= front.bytes.size() - front.gone;
  front.gone = front.bytes.size();
  end_segment();
}

void lane::pace(std::size_t sent, time_point now) {
  const auto& standing = plan_.standing;
  clock::duration pause = standing.slice_pause;
  if (standing.bytes_per_second > 0) {
    const std::chrono::duration<double> filled(static_cast<double>(sent) /
                                               static_cast<double>(standing.bytes_per_second));
    pause = std::max(pause, std::chrono::duration_cast<clock::duration>(filled));
  }
  not_before_ = now + pause;
}

}  // namespace sluice::testing
