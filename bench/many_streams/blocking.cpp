// 500 connections of hiredis that each block in XREADGROUP, watched with epoll.
#include "harness/hiredis_connection.hpp"
#include "many_streams/streams.hpp"

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

class reader {
 public:
  reader(const bench::address& where, std::size_t number)
      : server_(where), stream_(bench::stream_of(number)) {
    server_.append({"XGROUP", "CREATE", stream_, bench::group, "0", "MKSTREAM"});
    server_.reply();
    server_.context()->flags &= ~REDIS_BLOCK;
    ask();
  }

  int fd() const noexcept { return server_.context()->fd; }

  /// Takes what has come; returns how many entries.
  std::size_t take() {
    if (redisBufferRead(server_.context()) != REDIS_OK) bench::fail("the connection broke");
    std::size_t entries = 0;
    while (const auto reply = server_.buffered_reply()) {
      if (reply->type == REDIS_REPLY_ARRAY) entries += work_on(*reply->element[0]->element[1]);
    }
    if (entries > 0) ask();
    return entries;
  }

 private:
  std::size_t work_on(const redisReply& entries) {
    acknowledge_ = {"XACK", stream_, bench::group};
    for (std::size_t i = 0; i < entries.elements; ++i) {
      const auto* const id = entries.element[i]->element[0];
      acknowledge_.emplace_back(id->str, id->len);
    }
    server_.append(acknowledge_);
    return entries.elements;
  }

  void ask() {
    server_.append({"XREADGROUP", "GROUP", bench::group, "hiredis", "BLOCK", "0", "COUNT", "100",
                    "STREAMS", stream_, ">"});
    int done = 0;
    while (done == 0) {
      if (redisBufferWrite(server_.context(), &done) != REDIS_OK) bench::fail("cannot write");
    }
  }

  bench::hiredis_connection server_;
  std::string stream_;
  std::vector<std::string_view> acknowledge_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  bench::adder_process adder(what);
  const int poll = ::epoll_create1(0);
  std::vector<std::unique_ptr<reader>> readers;
  for (std::size_t i = 0; i < bench::streams; ++i) {
    readers.push_back(std::make_unique<reader>(what.server, i));
    epoll_event wish{};
    wish.events = EPOLLIN;
    wish.data.ptr = readers.back().get();
    ::epoll_ctl(poll, EPOLL_CTL_ADD, readers.back()->fd(), &wish);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(500));

  const bench::stopwatch watch;
  adder.go();
  std::array<epoll_event, 128> events;
  for (std::size_t worked_on = 0; worked_on < what.messages;) {
    const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      worked_on += static_cast<reader*>(events[static_cast<std::size_t>(i)].data.ptr)->take();
    }
  }
  watch.report(what.messages);
}
