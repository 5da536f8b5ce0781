#include "sluice/flow/to_redis.hpp"

#include "sluice/redis/command.hpp"

#include <utility>

namespace sluice::flow {
namespace asio = boost::asio;

struct stream_target {
  stream_target(producer made, std::string stream, add_options options)
      : by(std::move(made)), name(std::move(stream)), how(options) {}

  producer by;
  std::string name;
  add_options how;
};

stream_end::stream_end(producer by, std::string stream, add_options how)
    : to_(std::make_shared<stream_target>(std::move(by), std::move(stream), how)) {}

asio::awaitable<void> stream_end::operator()(const fields& what) {
  co_await to_->by.add(to_->name, what, to_->how);
}

asio::awaitable<void> stream_end::operator()(const entry& what) {
  fields copy;
  for (const auto& [name, value] : what.fields()) copy.add(name, value);
  co_await to_->by.add(to_->name, copy, to_->how);
}

asio::awaitable<void> stream_end::operator()(const std::vector<fields>& what) {
  co_await to_->by.add_many(to_->name, what, to_->how);
}

list_tail::list_tail(client redis, std::string key, list_end at)
    : redis_(std::move(redis)), key_(std::move(key)), at_(at) {}

asio::awaitable<void> list_tail::operator()(const std::string& what) {
  command words(at_ == list_end::right ? "RPUSH" : "LPUSH");
  words.arg(key_, what);
  co_await redis_.exec(std::move(words));
}

asio::awaitable<void> list_tail::operator()(const std::vector<std::string>& what) {
  if (what.empty()) co_return;
  command words(at_ == list_end::right ? "RPUSH" : "LPUSH");
  words.arg(key_);
  for (const auto& each : what) words.arg(each);
  co_await redis_.exec(std::move(words));
}

asio::awaitable<void> channel_end::operator()(const std::string& what) {
  command words("PUBLISH");
  words.arg(channel_, what);
  co_await redis_.exec(std::move(words));
}

}  // namespace sluice::flow
