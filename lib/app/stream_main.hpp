// Topics as Redis streams, and apps as their groups.
#pragma once

#include "app/main_stream.hpp"

#include "sluice/redis/client.hpp"

#include <memory>
#include <string>

namespace sluice {

/// A topic's stream has the topic's name.
class stream_main final : public main_stream {
 public:
  explicit stream_main(client redis) : redis_(std::move(redis)) {}

  void send(const std::string& topic, const envelope& what, sent_handler done) override;
  std::unique_ptr<reception> receive(const std::string& topic, const std::string& group,
                                     const listener_options& how, envelope_handler work) override;
  kept_message keep(const std::string& topic, const envelope& what) const override {
    return {"stream", topic, envelope_words(what)};
  }

 private:
  client redis_;
};

}  // namespace sluice
