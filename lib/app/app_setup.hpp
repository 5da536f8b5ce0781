// What an app is told before it begins, from wherever it was told.
#pragma once

#include "app/main_stream.hpp"
#include "app/topic_prefix.hpp"

#include "sluice/app/app_options.hpp"
#include "sluice/app/streams_string.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace sluice {

/// The same for an app that was given a client and for one that makes its own.
struct app_setup {
  /// Of an app on one server.
  app_setup(client redis, std::string name, const app_options& how);
  /// Of an app whose messages and answers may travel by different servers. Throws `error` with
  /// `errc::invalid_argument` where they name Kafka and the program has none.
  app_setup(const boost::asio::any_io_executor& executor, const streams_string& streams,
            std::string name, const app_options& how);

  std::string name;
  /// Who its processes are to others.
  std::string group;
  topic_prefix prefix;
  /// The server of its messages; with Kafka, of its answers.
  client home;
  /// The server of its answers.
  client feedback;
  answers_by answers;
  std::shared_ptr<main_stream> main;
  /// Whether the connections are the app's own, which end with it.
  bool owns_connections = false;
};

}  // namespace sluice
