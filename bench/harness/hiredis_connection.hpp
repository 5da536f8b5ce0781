// hiredis with an owner: replies and connections are given back.
#pragma once

#include "harness/measurement.hpp"

#include <hiredis/hiredis.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct free_reply {
  void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using hiredis_reply = std::unique_ptr<redisReply, free_reply>;

class hiredis_connection {
 public:
  explicit hiredis_connection(const address& where)
      : context_(where.is_path() ? redisConnectUnix(where.text.c_str())
                                 : redisConnect(where.host().c_str(), where.port())) {
    if (context_ == nullptr || context_->err != 0) fail("hiredis cannot connect to " + where.text);
  }

  redisContext* context() const noexcept { return context_.get(); }

  /// Queues a command; it leaves when a reply is awaited.
  void append(const std::vector<std::string_view>& arguments) {
    append(arguments.data(), arguments.size());
  }
  void append(std::initializer_list<std::string_view> arguments) {
    append(arguments.begin(), arguments.size());
  }

  /// The next reply; never an error.
  hiredis_reply reply() {
    void* raw = nullptr;
    if (redisGetReply(context_.get(), &raw) != REDIS_OK) fail(context_->errstr);
    hiredis_reply owned(static_cast<redisReply*>(raw));
    if (owned->type == REDIS_REPLY_ERROR) fail(owned->str);
    return owned;
  }

  /// A reply that has come already; null when there is none.
  hiredis_reply buffered_reply() {
    void* raw = nullptr;
    if (redisGetReplyFromReader(context_.get(), &raw) != REDIS_OK) fail(context_->errstr);
    hiredis_reply owned(static_cast<redisReply*>(raw));
    if (owned && owned->type == REDIS_REPLY_ERROR) fail(owned->str);
    return owned;
  }

 private:
  struct free_context {
    void operator()(redisContext* context) const noexcept { redisFree(context); }
  };

  void append(const std::string_view* arguments, std::size_t count) {
    texts_.clear();
    sizes_.clear();
    for (std::size_t i = 0; i < count; ++i) {
      texts_.push_back(arguments[i].data());
      sizes_.push_back(arguments[i].size());
    }
    redisAppendCommandArgv(context_.get(), static_cast<int>(count), texts_.data(), sizes_.data());
  }

  std::unique_ptr<redisContext, free_context> context_;
  std::vector<const char*> texts_;
  std::vector<std::size_t> sizes_;
};

}  // namespace bench
