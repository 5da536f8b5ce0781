#include "cli/json_entry.hpp"
#include "cli/member_process.hpp"
#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

#include <sluice/group/group_consumer.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <memory>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

asio::awaitable<void> hang(session& here) {
  asio::steady_timer never(here.redis.get_executor(), asio::steady_timer::time_point::max());
  const on_stop while_hanging(here.stop, [&never] { never.cancel(); });
  boost::system::error_code ignored;
  co_await never.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

/// Works until it hangs: the parent kills it at the worst moment, between the work on an entry and
/// its acknowledgement.
asio::awaitable<int> work(const member_orders& orders, session& here) {
  group what(orders.group);
  what.consumer(orders.consumer).stream(orders.stream).prefetch(orders.prefetch);
  what.heartbeat(demo_heartbeat).claim_timeout(demo_claim_timeout);
  group_consumer member(here.redis, what);
  for (std::size_t done = 0; done < orders.hang_after;) {
    auto record = co_await member.get_entry();
    if (!record) break;
    print_line(json_line(*record));
    if (++done == orders.hang_after) co_await hang(here);
    co_await std::move(*record).ack();
  }
  co_return ok;
}

}  // namespace

void add_demo_member(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("demo-member", "The part of demo that is killed");
  verb->group("");  // not for people
  const auto orders = std::make_shared<member_orders>();
  orders->url = default_url;
  add_url(*verb, orders->url);
  verb->add_option("--stream", orders->stream)->required();
  verb->add_option("--group", orders->group)->required();
  verb->add_option("--consumer", orders->consumer)->required();
  verb->add_option("--prefetch", orders->prefetch)->required();
  verb->add_option("--hang-after", orders->hang_after)->required();
  verb->callback([&code, orders] {
    code = run(
        orders->url, [orders](session& here) { return work(*orders, here); }, orders->stream);
  });
}

}  // namespace sluice::cli
