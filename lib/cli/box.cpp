#include "cli/box.hpp"

#include "cli/checks.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;

void box_place::add_to(CLI::App& verb) {
  add_url(verb, url);
  verb.add_option("--layout", form, "How channels are kept: native (default) or rivulet")
      ->check(CLI::IsMember({"native", "rivulet"}).description(""))
      ->type_name("FORM");
  verb.add_option("--prefix", prefix,
                  "What all keys begin with; sluice:box: by default, for rivulet nothing")
      ->type_name("TEXT");
}

mailbox_layout box_place::layout() const {
  if (form == "rivulet") return mailbox_layout::rivulet(prefix.value_or(""));
  return prefix ? mailbox_layout::native(*prefix) : mailbox_layout::native();
}

mailbox_channels box_place::channels(const session& here) const {
  return mailbox_channels(here.redis, layout());
}

void add_channel(CLI::App& verb, std::string& channel) {
  verb.add_option("channel", channel, "The channel")
      ->required()
      ->check(check_name)
      ->type_name("CHANNEL");
}

asio::awaitable<mailbox_message::time_point> server_time(session& here) {
  const reply answer = co_await here.redis.exec("TIME");
  const auto parts = answer.as<std::vector<std::string>>();
  co_return mailbox_message::time_point(std::chrono::seconds(std::stoll(parts.at(0))) +
                                        std::chrono::microseconds(std::stoll(parts.at(1))));
}

std::chrono::milliseconds age_of(mailbox_message::time_point time,
                                 mailbox_message::time_point now) {
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - time);
  return std::max(age, std::chrono::milliseconds(0));
}

std::string messages_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " message" : " messages");
}

void add_box(CLI::App& tool, int& code) {
  auto* const verb = tool.add_subcommand("box", "Read and write channels, and look after them");
  verb->require_subcommand(1);
  verb->footer(
      "A channel keeps its messages until all who subscribe have read them; each of them has a\n"
      "position of its own, under its id.\n\n"
      "  echo hello | sluice box write news\n"
      "  sluice box read news --client me --start earliest --timeout 0");
  add_box_list(*verb, code);
  add_box_subscribers(*verb, code);
  add_box_read(*verb, code);
  add_box_write(*verb, code);
  add_box_prune(*verb, code);
}

}  // namespace sluice::cli
