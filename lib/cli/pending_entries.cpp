#include "cli/pending_entries.hpp"

#include <sluice/admin/group_desk.hpp>
#include <sluice/core/result.hpp>
#include <sluice/redis/command.hpp>

#include <algorithm>
#include <utility>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

std::int64_t number(const resp::value& of) { return of.integer().value_or(0); }

}  // namespace

pending_entries::pending_entries(client redis, std::string stream, std::string group,
                                 std::string consumer, std::chrono::milliseconds idle)
    : redis_(std::move(redis)),
      stream_(std::move(stream)),
      group_(std::move(group)),
      consumer_(std::move(consumer)),
      idle_(idle) {}

asio::awaitable<std::int64_t> pending_entries::server_time() {
  const reply time = co_await redis_.exec("TIME");
  co_return number(time.value()[0]) * 1'000 + number(time.value()[1]) / 1'000;
}

asio::awaitable<pending_summary> pending_entries::summarize() {
  const reply answer = co_await redis_.exec("XPENDING", stream_, group_);
  pending_summary what;
  what.total = number(answer.value()[0]);
  for (const auto& each : answer.value()[3]) {
    what.consumers.emplace_back(std::string(each[0].text()), number(each[1]));
  }
  what.oldest = std::string(answer.value()[1].text());
  if (const auto oldest = entry_id::parse(what.oldest)) {
    const auto now = co_await server_time();
    what.age = std::chrono::milliseconds(now - static_cast<std::int64_t>(oldest->milliseconds()));
  }
  co_return what;
}

asio::awaitable<std::vector<pending_entry>> pending_entries::next(std::size_t most,
                                                                  bool with_fields) {
  std::vector<pending_entry> page;
  const auto asked = std::min(most, page_size);
  if (over_ || asked == 0) co_return page;
  admin::pending_query which;
  which.most(asked).after(after_).consumer(consumer_).idle_for(idle_).with_content(with_fields);
  const admin::group_desk desk(redis_, stream_, group_);
  auto all = co_await desk.pending(which);
  for (auto& each : all) {
    auto& found = page.emplace_back();
    found.id = each.id.to_string();
    found.consumer = std::move(each.consumer);
    found.idle = each.idle;
    found.deliveries = each.deliveries;
    if (each.content) found.fields = std::move(each.content->fields);
  }
  over_ = page.size() < asked;
  if (page.empty()) co_return page;
  after_ = all.back().id;
  co_await find_due(page);
  co_return page;
}

// Where this is not permitted, the rest is of use all the same.
asio::awaitable<void> pending_entries::find_due(std::vector<pending_entry>& page) {
  std::vector<pending_entry*> nobodys;
  command scores("ZMSCORE");
  scores.arg(stream_ + ":sluice:" + group_ + ":released");
  for (auto& each : page) {
    if (!each.is_nobodys()) continue;
    nobodys.push_back(&each);
    scores.arg(each.id);
  }
  if (nobodys.empty()) co_return;
  const auto found = co_await as_result(redis_.exec(std::move(scores)));
  if (found.has_error()) co_return;
  const auto now = co_await server_time();
  auto each = nobodys.begin();
  for (const auto& score : found->value()) {
    if (const auto due = score.floating()) {
      (*each)->due = std::chrono::milliseconds(static_cast<std::int64_t>(*due) - now);
    }
    ++each;
  }
}

}  // namespace sluice::cli
