#include "outbox/send_staged.hpp"

#include "topic/message_codec.hpp"
#include "topic/topic_keys.hpp"

#include "sluice/core/result.hpp"
#include "sluice/redis/transaction.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace sluice::outbox {
namespace {

namespace asio = boost::asio;
using refusals = std::vector<std::optional<error>>;

command add(const staged_row& row) {
  command what("XADD");
  what.arg(topic_keys::stream("telstar:", row.topic)).arg("*");
  what.arg(message_id_field, row.message_id, message_data_field, row.data);
  return what;
}

transaction unit_of(const std::vector<staged_row>& rows, const std::vector<std::size_t>& which,
                    std::chrono::milliseconds limit) {
  transaction unit;
  unit.timeout(limit);
  for (const auto index : which) unit.add(add(rows[index]));
  return unit;
}

// Sends rows as one unit and notes what became of each.
asio::awaitable<void> send_unit(client redis, const std::vector<staged_row>& rows,
                                const std::vector<std::size_t>& which,
                                std::chrono::milliseconds limit, refusals& found) {
  const auto replies = co_await redis.exec(unit_of(rows, which, limit));
  for (std::size_t i = 0; i < which.size(); ++i) {
    if (!replies[i]) found[which[i]] = replies[i].error();
  }
}

asio::awaitable<void> send_topic_by_topic(client redis, const std::vector<staged_row>& rows,
                                          std::chrono::milliseconds limit, refusals& found) {
  std::map<std::string, std::vector<std::size_t>> topics;
  for (std::size_t i = 0; i < rows.size(); ++i) topics[rows[i].topic].push_back(i);
  for (const auto& each : topics) {
    auto sent = co_await as_result(send_unit(redis, rows, each.second, limit, found));
    if (sent) continue;
    if (sent.error().code() != errc::transaction_aborted) throw sent.error();
    for (const auto index : each.second) found[index] = sent.error();
  }
}

}  // namespace

asio::awaitable<refusals> send_staged(client redis, const std::vector<staged_row>& rows,
                                      std::chrono::milliseconds limit) {
  refusals found(rows.size());
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < rows.size(); ++i) all.push_back(i);
  auto sent = co_await as_result(send_unit(redis, rows, all, limit, found));
  if (!sent && sent.error().code() == errc::transaction_aborted) {
    co_await send_topic_by_topic(redis, rows, limit, found);
  } else if (!sent) {
    throw sent.error();
  }
  co_return found;
}

}  // namespace sluice::outbox
