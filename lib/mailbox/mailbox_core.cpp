#include "mailbox/mailbox_core.hpp"

#include "core/json_text.hpp"
#include "mailbox/locked_step.hpp"
#include "redis/client_access.hpp"

#include "sluice/core/uuid.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

std::string run_name(connection& link) {
  auto text = uuid::random([&link] { return link.random(); }).to_string();
  std::erase(text, '-');
  return text;
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
  // Before it is looked at for the first time.
  watch_.watch({keys_.index(id_)});
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
  // Whatever becomes of the step: its rings may come only after the next read has begun, and what
  // was read before may be read anew.
  box->due_.add_unknown();
  if (from != mailbox_start::current) box->forget_read(channels);
  reply answer = co_await run_unlocked(box->redis_, box->scripts_.subscribe, std::move(keys),
                                       std::move(arguments), box->how_.lock_patience());
  box->due_.add_unknown();
  const auto is_new = answer.as<std::string>();
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if (from != mailbox_start::current || is_new.at(i) == '1') box->uncommitted_.erase(channels[i]);
  }
}

void mailbox_core::forget_read(const std::vector<std::string>& channels) {
  for (const auto& each : channels) uncommitted_.erase(each);
}

asio::awaitable<void> mailbox_core::unsubscribe(self box, std::vector<std::string> channels) {
  std::vector<std::string> keys{box->keys_.index(box->id_)};
  std::vector<std::string> arguments{box->id_, std::to_string(box->how_.buffer()), ""};
  for (const auto& each : channels) {
    box->keys_.append(keys, each);
    arguments.push_back(each);
  }
  co_await run_unlocked(box->redis_, box->scripts_.unsubscribe, std::move(keys),
                        std::move(arguments), box->how_.lock_patience());
  box->forget_read(channels);
}

asio::awaitable<std::vector<std::string>> mailbox_core::subscriptions(self box) {
  command range("ZRANGE");
  range.arg(box->keys_.index(box->id_), 0, -1).repeatable(true);
  reply answer = co_await box->redis_.exec(std::move(range));
  auto names = answer.as<std::vector<std::string>>();
  std::sort(names.begin(), names.end());
  co_return names;
}

}  // namespace sluice
