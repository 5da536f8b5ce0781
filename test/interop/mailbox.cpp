// A mailbox in rivulet's layout, for test/interop/mailbox.py: `write URL ID CHANNEL COUNT` writes
// numbers, `read URL ID CHANNEL` prints each message as a line of JSON.
#include <sluice/core/result.hpp>
#include <sluice/mailbox/mailbox.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

asio::awaitable<void> write(sluice::mailbox box, std::string channel, int count) {
  for (int i = 0; i < count; ++i) co_await box.write(channel, std::to_string(i));
}

asio::awaitable<void> read(sluice::mailbox box, std::string channel) {
  const std::vector<std::string> channels{channel};
  co_await box.subscribe(channels, sluice::mailbox_start::earliest);
  std::cout << R"({"ready": true})" << std::endl;
  while (true) {
    const auto inbox = co_await box.read(sluice::waiting::for_ever());
    for (const auto& each : inbox.at(channel)) {
      const json::value line = {
          {"number", each.id()}, {"src", each.source()}, {"data", each.data()}};
      std::cout << line << std::endl;
    }
  }
}

}  // namespace

int main(int count, char** words) {
  if (count < 5) return 2;
  asio::io_context io;
  {
    const sluice::client redis(io.get_executor(), words[2]);
    const auto how = sluice::mailbox_options().layout(sluice::mailbox_layout::rivulet());
    sluice::mailbox box(redis, words[3], how);
    auto act = std::string(words[1]) == "write"
                   ? write(std::move(box), words[4], std::stoi(words[5]))
                   : read(std::move(box), words[4]);
    asio::co_spawn(io, std::move(act), sluice::rethrow);
  }
  io.run();
}
