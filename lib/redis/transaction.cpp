#include "sluice/redis/transaction.hpp"

#include "redis/call.hpp"
#include "redis/client_access.hpp"
#include "redis/guard.hpp"

#include <utility>

namespace sluice {
namespace {

// One request of n + 2 replies: what is executed is executed as a unit, and so is what is answered.
boost::asio::awaitable<std::vector<result<reply>>> run(client kept, transaction what) {
  std::vector<result<reply>> results;
  auto frames = command("MULTI").frame();
  for (const auto& each : what.commands()) frames += each.frame();
  frames += command("EXEC").frame();

  call operation(client_access::link(kept), what.timeout());
  if (operation.must_wait_for_room(frames.size())) co_await operation.wait();
  operation.start(frames, static_cast<std::uint32_t>(what.size() + 2), risk::once);
  if (operation.pending()) co_await operation.wait();
  operation.check_delivery("EXEC");

  const auto& begun = operation.reply_at(0).value();
  if (begun.is_error()) {
    const auto why = server_error(begun, "MULTI");
    throw error(why.code(), diagnostics("the server refused to begin a transaction; the commands "
                                        "were executed one by one, as far as they are permitted")
                                .command("MULTI")
                                .server_text(why.why().server_text()));
  }
  for (std::size_t i = 0; i < what.size(); ++i) {
    const auto& queued = operation.reply_at(i + 1).value();
    if (!queued.is_error()) continue;
    const auto why = server_error(queued, what.commands()[i].name());
    throw error(errc::transaction_aborted,
                diagnostics("the server refused a command, so that nothing was executed")
                    .command(std::string(what.commands()[i].name()))
                    .server_text(why.why().server_text()));
  }
  operation.check("EXEC");
  const auto executed = operation.take();
  std::size_t index = 0;
  for (const auto& each : executed.value()) {
    const auto name = what.commands()[index++].name();
    if (each.is_error()) {
      results.emplace_back(server_error(each, name));
    } else {
      results.emplace_back(reply(each, executed));
    }
  }
  co_return results;
}

boost::asio::awaitable<std::vector<result<reply>>> nothing() {
  co_return std::vector<result<reply>>();
}

}  // namespace

transaction& transaction::add(command what) {
  refuse_if_harmful(what);
  commands_.push_back(std::move(what));
  return *this;
}

boost::asio::awaitable<std::vector<result<reply>>> client::exec(transaction what) {
  return what.size() == 0 ? nothing() : run(*this, std::move(what));
}

}  // namespace sluice
