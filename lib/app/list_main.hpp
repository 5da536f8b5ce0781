// Topics as Redis lists, as streamback's processes use them.
#pragma once

#include "app/main_stream.hpp"

#include "sluice/redis/client.hpp"

#include <memory>
#include <string>
#include <utility>

namespace sluice {

/// A topic's list has the topic's name; new messages come in at its left, and expire with it. All
/// apps that listen to it share its messages: there are no groups.
class list_main final : public main_stream {
 public:
  list_main(client redis, bool keep_until_handled)
      : redis_(std::move(redis)), keep_(keep_until_handled) {}

  void send(const std::string& topic, const envelope& what, sent_handler done) override;
  std::unique_ptr<reception> receive(const std::string& topic, const std::string& group,
                                     const listener_options& how, envelope_handler work) override;
  kept_message keep(const std::string& topic, const envelope& what) const override;

 private:
  client redis_;
  bool keep_;
};

}  // namespace sluice
