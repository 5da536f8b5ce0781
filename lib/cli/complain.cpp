#include "cli/complain.hpp"

#include <unistd.h>

#include <cstddef>
#include <iostream>

namespace sluice::cli {
namespace {

// What to do about errors whose own text names the cause only.
std::string_view advice(errc which) {
  switch (which) {
    case errc::name_not_found:
      return "correct the host in the URL";
    case errc::host_unreachable:
    case errc::connect_timeout:
      return "check the host in the URL, the network and firewalls";
    case errc::wrong_type:
      return "choose another name, or delete that key";
    case errc::no_group:
      return "correct the stream's name or --group";
    case errc::malformed_message:
      return "correct who sent it, or say with --unfit what becomes of such entries";
    case errc::not_permitted:
      return "grant it to the ACL user, or give another user in the URL";
    case errc::out_of_memory:
      return "free memory, raise maxmemory, or cut the stream with --maxlen";
    case errc::persistence_failed:
      return "free the server's disk";
    case errc::read_only:
      return "give the master in the URL";
    case errc::reply_too_large:
      return "that is more than this tool takes at a time; look for a large entry with redis-cli";
    case errc::moved:
      return "give the node that owns the stream in the URL";
    default:
      return {};
  }
}

void complain_about_unseen(const std::string& why, const std::vector<std::string>& streams) {
  if (streams.empty()) return;
  const auto more = streams.size() - 1;
  complain("not shown, as " + why + ": " + streams.front() +
           (more == 0 ? "" : ", and " + std::to_string(more) + " more"));
}

exit_code code_of(const error& why) {
  const bool wrong_words = why.code() == errc::invalid_argument || why.code() == errc::invalid_url;
  return wrong_words ? usage : trouble;
}

}  // namespace

void complain(std::string_view what) {
  // On a terminal the count and rate may stand on the line: clear it first (ECMA-48).
  std::string line = ::isatty(STDERR_FILENO) == 1 ? "\r\x1b[Ksluice: " : "sluice: ";
  for (std::size_t i = 0; i < what.size(); ++i) {
    const auto byte = static_cast<unsigned char>(what[i]);
    const auto next = static_cast<unsigned char>(i + 1 < what.size() ? what[i + 1] : 0);
    // U+0080 to U+009F, two bytes each, steer terminals as well.
    const bool steers = byte == 0xc2 && next >= 0x80 && next < 0xa0;
    if (steers) ++i;
    line.push_back(steers || byte < 0x20 || byte == 0x7f ? ' ' : what[i]);
  }
  std::cerr << line + '\n' << std::flush;
}

void complain_about_forbidden(const std::vector<std::string>& streams) {
  complain_about_unseen("this user may not look at it", streams);
}

void complain_about_too_large(const std::vector<std::string>& streams) {
  complain_about_unseen("an entry is larger than this tool takes", streams);
}

std::string explain(const error& why) {
  std::string text = why.what();
  if (const auto what_to_do = advice(why.which()); !what_to_do.empty()) {
    text.append("; ").append(what_to_do);
  }
  return text;
}

exit_code complain_about(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const failure& why) {
    complain(why.what());
    return why.code();
  } catch (const error& why) {
    complain(explain(why));
    return code_of(why);
  } catch (const std::exception& why) {
    complain(why.what());
  }
  return trouble;
}

}  // namespace sluice::cli
