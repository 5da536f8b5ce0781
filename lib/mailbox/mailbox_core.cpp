#include "mailbox/mailbox_core.hpp"

#include "core/json_text.hpp"
#include "mailbox/locked_step.hpp"
#include "redis/client_access.hpp"

#include "sluice/core/uuid.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// How long the server knows a write that may come again.
constexpr std::chrono::milliseconds record_lasts = 24h;
constexpr std::size_t forgotten_at_once = 100;

std::string run_name(connection& link) {
  auto text = uuid::random([&link] { return link.random(); }).to_string();
  std::erase(text, '-');
  return text;
}

std::string microseconds_text(mailbox_options::duration time) {
  return std::to_string(std::chrono::microseconds(time).count());
}

}  // namespace

mailbox_core::mailbox_core(client redis, std::string id, mailbox_options how)
    : redis_(std::move(redis)),
      link_(client_access::link(redis_)),
      id_(id.empty() ? run_name(link_) : std::move(id)),
      how_(std::move(how)),
      keys_(how_.layout().prefix()),
      scripts_(box_scripts::of(how_.layout().kind())),
      source_(write_json(boost::json::value(id_), "a mailbox's id")),
      once_(keys_.once(id_, run_name(link_))),
      watch_(link_) {
  link_.prepare_links(scripts_.loading_frame());
}

std::string mailbox_core::name_of(mailbox_start where) {
  switch (where) {
    case mailbox_start::earliest:
      return "earliest";
    case mailbox_start::current:
      return "current";
    case mailbox_start::latest:
      break;
  }
  return "latest";
}

// Subscriptions.

asio::awaitable<void> mailbox_core::subscribe(self box, std::vector<std::string> channels,
                                              mailbox_start from) {
  std::vector<std::string> keys{box->keys_.index(box->id_)};
  std::vector<std::string> arguments{box->id_, name_of(from), "0"};
  for (const auto& each : channels) {
    box->keys_.append(keys, each);
    arguments.push_back(each);
  }
  co_await run_unlocked(box->redis_, box->scripts_.subscribe, std::move(keys), std::move(arguments),
                        box->how_.lock_patience());
  if (from == mailbox_start::current) co_return;
  for (const auto& each : channels) box->uncommitted_.erase(each);
}

asio::awaitable<void> mailbox_core::unsubscribe(self box, std::vector<std::string> channels) {
  std::vector<std::string> keys{box->keys_.index(box->id_)};
  std::vector<std::string> arguments{box->id_, std::to_string(box->how_.buffer())};
  for (const auto& each : channels) {
    box->keys_.append(keys, each);
    arguments.push_back(each);
  }
  co_await run_unlocked(box->redis_, box->scripts_.unsubscribe, std::move(keys),
                        std::move(arguments), box->how_.lock_patience());
  for (const auto& each : channels) box->uncommitted_.erase(each);
}

asio::awaitable<std::vector<std::string>> mailbox_core::subscriptions(self box) {
  command range("ZRANGE");
  range.arg(box->keys_.index(box->id_), 0, -1).repeatable(true);
  reply answer = co_await box->redis_.exec(std::move(range));
  auto names = answer.as<std::vector<std::string>>();
  std::sort(names.begin(), names.end());
  co_return names;
}

// Writing.

asio::awaitable<std::uint64_t> mailbox_core::write(self box, std::string channel,
                                                   std::string data) {
  const auto number = box->writes_.next();
  std::vector<std::string> keys{box->once_};
  box->keys_.append(keys, channel);
  std::vector<std::string> arguments;
  arguments.push_back(std::to_string(number));
  arguments.push_back(box->source_);
  arguments.push_back(std::move(data));
  arguments.push_back(std::to_string(box->how_.max_length()));
  arguments.push_back(microseconds_text(box->how_.max_age()));
  arguments.push_back(box->keys_.all_indexes());
  arguments.push_back(std::move(channel));
  arguments.push_back(std::to_string(record_lasts.count()));
  box->writes_.tell_finished(arguments, forgotten_at_once);
  reply answer = co_await run_unlocked(box->redis_, box->scripts_.write, std::move(keys),
                                       std::move(arguments), box->how_.lock_patience());
  box->writes_.finished(number);
  co_return std::stoull(answer.as<std::string>());
}

}  // namespace sluice
