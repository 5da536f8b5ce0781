#include "app/app_setup.hpp"

#include "app/main_stream_factory.hpp"

#include <utility>

namespace sluice {
namespace {

std::string first_of(const std::string& said, const std::string& otherwise) {
  return said.empty() ? otherwise : said;
}

answers_by usual_with(carrier main) {
  return main == carrier::streams ? answers_by::reply_stream : answers_by::lists;
}

client connect(const boost::asio::any_io_executor& executor, connection_options to,
               const app_options& how) {
  if (how.connections()) how.connections()(to);
  return client(executor, std::move(to));
}

client home_of(const boost::asio::any_io_executor& executor, const streams_string& streams,
               const app_options& how) {
  return connect(executor, streams.redis() ? *streams.redis() : *streams.feedback(), how);
}

}  // namespace

app_setup::app_setup(client redis, std::string called, const app_options& how)
    : name(std::move(called)),
      group(first_of(how.group(), name)),
      prefix(how.topics_prefix(), how.main()),
      home(std::move(redis)),
      feedback(home),
      answers(how.answers().value_or(usual_with(how.main()))),
      main(make_main_stream(how.main(), home, how, nullptr)) {}

app_setup::app_setup(const boost::asio::any_io_executor& executor, const streams_string& streams,
                     std::string called, const app_options& how)
    : name(std::move(called)),
      group(first_of(streams.group(), first_of(how.group(), name))),
      prefix(first_of(streams.topics_prefix(), how.topics_prefix()), streams.main()),
      home(home_of(executor, streams, how)),
      feedback(streams.redis() && streams.feedback() ? connect(executor, *streams.feedback(), how)
                                                     : home),
      answers(streams.answers().value_or(how.answers().value_or(usual_with(streams.main())))),
      main(make_main_stream(streams.main(), home, how,
                            streams.kafka() ? &*streams.kafka() : nullptr)),
      owns_connections(true) {}

}  // namespace sluice
