#include "topic/topic_worker.hpp"

#include "group/retry_verdict.hpp"
#include "redis/client_access.hpp"
#include "topic/message_codec.hpp"

#include "sluice/core/thrown.hpp"

#include <boost/asio/this_coro.hpp>

#include <optional>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

bool is_refusal(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const error& why) {
    return why.code() == errc::already_settled || why.code() == errc::lease_lost;
  } catch (...) {
    return false;
  }
}

// What is a message is remembered as any other that was settled; what is none cannot be.
std::optional<uuid> remembered_id(const std::exception_ptr& flaw, const delivery& what) {
  try {
    std::rethrow_exception(flaw);
  } catch (const malformed_message& why) {
    const bool is_message = why.what_is_wrong() == malformed_message::flaw::refused;
    return is_message ? message_id_of(what) : std::nullopt;
  }
}

}  // namespace

const topic_line& topic_worker::line_of(const settlement& which) const {
  return lines_.find(which.topic())->second;
}

topic_message topic_worker::read(const settlement& which) const {
  const auto& entry = which.entry();
  auto read = decode_message(entry);
  const auto& fits = line_of(which).fits;
  if (fits && !fits(read.data())) {
    throw malformed_message(malformed_message::flaw::refused,
                            "the check of its topic refused its data", entry.stream(),
                            std::string(entry.id_text()));
  }
  return read;
}

// Most often the settle before has looked.
asio::awaitable<bool> topic_worker::was_settled(std::shared_ptr<settler> by, std::string seen_key) {
  const auto foreseen = by->foreseen(seen_key);
  if (foreseen) co_return *foreseen;
  command look("GET");
  look.arg(seen_key);
  const auto seen = co_await asking_.exec(std::move(look));
  co_return !seen.is_null();
}

asio::awaitable<void> topic_worker::handle(std::shared_ptr<settler> by, delivery what,
                                           std::string next) {
  const std::string topic(by->keys().topic(what.stream()));
  const auto which = std::make_shared<settlement>(by, std::move(what), topic, std::move(next));
  std::optional<topic_message> readable;
  std::exception_ptr flaw;
  try {
    readable = read(*which);
  } catch (const malformed_message&) {
    flaw = std::current_exception();
  }
  if (flaw) {
    ++counters_.unfit;
    co_await end_unfit(which, flaw);
    co_return;
  }
  const bool settled = co_await was_settled(by, by->keys().seen(topic, readable->id()));
  if (settled) {
    ++counters_.duplicates;
    co_await end(which, readable->id());
  } else {
    co_await let_work(which, *readable);
  }
}

asio::awaitable<void> topic_worker::let_work(settlement_ptr which, topic_message what) {
  topic_delivery handed(what, which);
  std::exception_ptr thrown;
  try {
    co_await line_of(*which).work(handed);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (!thrown && which->open()) co_await end(which, what.id());
  if (which->settled()) ++counters_.settled;
  if (which->refused()) ++counters_.refused;
  if (!thrown || (which->refused() && is_refusal(thrown))) co_return;
  ++counters_.failed;
  co_await end_failed(which, thrown);
}

// That somebody else settled it, or has it, is an end as good as any.
asio::awaitable<void> topic_worker::end(settlement_ptr which, std::optional<uuid> id) {
  std::uint32_t failures = 0;
  for (;;) {
    auto attempt = id ? settlement::settle_again(which, *id) : settlement::dismiss(which);
    const auto done = co_await as_result(std::move(attempt));
    if (done.has_value() || which->refused()) co_return;
    if (done.error().code() != condition::retryable) throw done.error();
    if (asking_.ended()) co_return;
    co_await asking_.rest(failures);
  }
}

asio::awaitable<void> topic_worker::end_unfit(settlement_ptr which, std::exception_ptr flaw) {
  switch (on_unfit_) {
    case unfit::stop:
      co_await end_failed(which, flaw);
      break;
    case unfit::acknowledge:
      co_await end(which, remembered_id(flaw, which->entry()));
      break;
    case unfit::skip:
      which->leave();
      break;
    case unfit::dead_letter:
      co_await obey(which, verdict::reject("no message for its topic"), flaw);
      break;
  }
}

asio::awaitable<void> topic_worker::end_failed(settlement_ptr which, std::exception_ptr thrown) {
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  // A handler that was cancelled has not failed.
  if (cancellation.cancelled() != asio::cancellation_type::none) std::rethrow_exception(thrown);
  const auto found = handlers_.judge(thrown, which->entry());
  if (!found) std::rethrow_exception(thrown);
  co_await obey(which, *found, thrown);
}

// That the entry went to another member meanwhile, or that the server refuses, is no reason to
// stop: it is still pending, with somebody.
asio::awaitable<void> topic_worker::obey(settlement_ptr which, verdict judged,
                                         std::exception_ptr thrown) {
  if (judged.what() == verdict::kind::retry) {
    const auto attempt = which->entry().delivery_count().value_or(1);
    const auto chance = client_access::link(asking_.redis()).random();
    judged = retry_verdict(retry_, attempt, thrown, chance);
  }
  switch (judged.what()) {
    case verdict::kind::rethrow:
      std::rethrow_exception(thrown);
    case verdict::kind::ack:
      co_await end(which, std::nullopt);
      break;
    case verdict::kind::leave:
      which->leave();
      break;
    case verdict::kind::nack:
      co_await asking_.see_through(settlement::give_back(which, judged.delay()));
      break;
    case verdict::kind::reject:
      co_await asking_.see_through(settlement::bury(which, judged.reason(), thrown_text(thrown)));
      break;
    case verdict::kind::retry:
      break;  // is one of the others by now
  }
}

}  // namespace sluice
