#include "core/bounded.hpp"
#include "mailbox/locked_step.hpp"
#include "mailbox/mailbox_core.hpp"

#include "sluice/core/result.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// How long the server knows a step that may come again.
constexpr std::chrono::milliseconds record_lasts = 24h;
constexpr std::size_t forgotten_at_once = 100;
// More than rivulet's form takes, which is the longer one.
constexpr std::size_t words_around = 128;

std::string microseconds_text(mailbox_options::duration time) {
  return std::to_string(std::chrono::microseconds(bounded(time)).count());
}

}  // namespace

asio::awaitable<std::uint64_t> mailbox_core::write(self box, std::string channel,
                                                   std::string data) {
  // Whoever reads is given it in one piece, with some words around it.
  const auto most = box->link_.options().limits().max_bulk;
  if (data.size() + box->source_.size() + words_around > most) {
    throw error(errc::invalid_argument,
                "a message of " + std::to_string(data.size()) +
                    " bytes is longer than the limits of this client let a reply be (" +
                    std::to_string(most) + "): raise max_bulk, here and where it is read");
  }
  auto& place = box->lanes_[channel];
  const bool is_new = place == nullptr;
  if (is_new) place = std::make_shared<write_lane>();
  const auto lane = place;
  const auto patience = box->link_.time().now() + bounded(box->how_.lock_patience());
  write_lane::visit mine(box->link_, lane, std::move(data), patience);
  if (is_new) box->begin_writing(channel, lane);
  if (mine.pending()) co_await mine.wait();
  co_return mine.take();
}

void mailbox_core::begin_writing(const std::string& channel, std::shared_ptr<write_lane> lane) {
  auto all = write_all(shared_from_this(), channel, lane);
  auto end = [box = shared_from_this(), channel, lane](const std::exception_ptr& failure) {
    if (failure == nullptr) return;
    box->lanes_.erase(channel);
    for (lane->fail_step(failure); !lane->empty(); lane->fail_step(failure)) lane->begin_step();
  };
  asio::co_spawn(link_.executor(), std::move(all), std::move(end));
}

asio::awaitable<void> mailbox_core::write_all(self box, std::string channel,
                                              std::shared_ptr<write_lane> lane) {
  // Whoever writes in this turn comes along.
  co_await asio::post(box->link_.executor(), asio::use_awaitable);
  while (!lane->empty()) {
    lane->begin_step();
    auto step = box->write_step(channel, *lane);
    const auto outcome = co_await as_result(std::move(step));
    if (outcome.has_error()) lane->fail_step(std::make_exception_ptr(outcome.error()));
  }
  // Before the end is told: whoever writes from here on begins anew.
  box->lanes_.erase(channel);
}

asio::awaitable<void> mailbox_core::write_step(std::string channel, write_lane& lane) {
  const auto number = steps_.next();
  const auto over = steps_.take_finished(forgotten_at_once);
  std::vector<std::string> keys{once_};
  keys_.append(keys, channel);
  std::vector<std::string> arguments{std::to_string(number),
                                     source_,
                                     std::to_string(how_.max_length()),
                                     microseconds_text(how_.max_age()),
                                     keys_.all_indexes(),
                                     std::move(channel),
                                     std::to_string(record_lasts.count()),
                                     std::to_string(over.size())};
  for (const auto each : over) arguments.push_back(std::to_string(each));
  lane.append_data(arguments);
  auto trying = try_unlocked(redis_, scripts_.write, keys, std::move(arguments), lane.patience());
  const auto answer = co_await as_result(std::move(trying));
  if (answer.has_error()) {
    for (const auto each : over) steps_.finished(each);
    if (!answer.error().why().server_text().empty()) steps_.finished(number);
    throw answer.error();
  }
  steps_.finished(number);
  if (found_lock(*answer)) {
    const auto held = std::make_exception_ptr(lock_held(*answer, keys));
    lane.fail_the_impatient(link_.time().now(), held);
  } else {
    lane.finish_step(std::stoull(answer->as<std::string>()));
  }
}

}  // namespace sluice
