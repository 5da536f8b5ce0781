#include "cli/group_address.hpp"

#include "cli/checks.hpp"

namespace sluice::cli {

void add_group_address(CLI::App& verb, group_address& where) {
  add_url(verb, where.url);
  add_stream(verb, where.stream);
  verb.add_option("--group", where.group, "The group")
      ->required()
      ->check(check_name)
      ->type_name("NAME");
}

void add_stream(CLI::App& verb, std::string& stream) {
  verb.add_option("stream", stream, "The stream")
      ->required()
      ->check(check_name)
      ->type_name("STREAM");
}

}  // namespace sluice::cli
