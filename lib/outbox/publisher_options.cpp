#include "sluice/outbox/publisher_options.hpp"

namespace sluice::outbox {
namespace {

void require(bool met, const char* rule) {
  if (!met) throw error(errc::invalid_argument, rule);
}

}  // namespace

publisher_options& publisher_options::batch(std::size_t messages) {
  require(messages >= 1 && messages <= 10'000, "a batch has 1 to 10,000 messages");
  batch_ = messages;
  return *this;
}

publisher_options& publisher_options::sessions(std::size_t count) {
  require(count >= 1 && count <= 64, "a publisher has 1 to 64 sessions");
  sessions_ = count;
  return *this;
}

publisher_options& publisher_options::poll_interval(duration every) {
  require(every.count() > 0, "the poll interval is above zero");
  poll_interval_ = every;
  return *this;
}

publisher_options& publisher_options::send_timeout(duration limit) {
  require(limit.count() > 0, "the send timeout is above zero");
  send_timeout_ = limit;
  return *this;
}

publisher_options& publisher_options::backoff(duration first, duration longest) {
  require(first.count() > 0 && longest.count() > 0, "pauses are above zero");
  backoff_first_ = first;
  backoff_longest_ = longest;
  return *this;
}

publisher_options& publisher_options::purge_after(duration age) {
  require(age.count() >= 0, "an age is not below zero");
  purge_after_ = age;
  return *this;
}

}  // namespace sluice::outbox
