#include "cli/app_address.hpp"

#include "cli/verbs.hpp"

#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

// What is set to nothing counts as not set.
std::optional<std::string> environment(const char* name) {
  const std::string value = std::getenv(name) != nullptr ? std::getenv(name) : "";
  return value.empty() ? std::nullopt : std::optional(value);
}

}  // namespace

// The library of the command line would take what stands in the environment for an option that was
// given, and find the two in each other's way.
void app_address::add_to(CLI::App& verb) {
  auto* const url = verb.add_option("--url", url_, "The server; else REDIS_URL counts");
  auto* const streams =
      verb.add_option("--streams", text_,
                      "main=…&feedback=…&topics_prefix=…&group=…, in quotes; else SLUICE_STREAMS");
  url->type_name("URL");
  streams->type_name("STRING")->excludes(url);
}

void app_address::read() {
  if (!text_ && !url_) text_ = environment("SLUICE_STREAMS");
  if (text_) streams_.emplace(*text_);
  if (!url_) url_ = environment("REDIS_URL").value_or(default_url);
}

int app_address::run(holder of_session, const verb& act) {
  read();
  if (!streams_) return cli::run(*url_, act);
  std::vector<server_address> all;
  if (streams_->redis()) all.emplace_back("main", *streams_->redis());
  if (streams_->feedback()) all.emplace_back("feedback", *streams_->feedback());
  if (of_session == holder::answers) std::swap(all.front(), all.back());
  return cli::run(std::move(all), act);
}

app app_address::make_app(session& here, const std::string& name) const {
  if (!streams_) return app(here.redis, name);
  app_options how;
  how.connections([&here](connection_options& to) { to = here.watched(std::move(to)); });
  app made(here.redis.get_executor(), *streams_, name, std::move(how));
  here.redis.stop();
  return made;
}

}  // namespace sluice::cli
