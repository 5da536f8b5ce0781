#include "cli/complain.hpp"

#include <unistd.h>

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

exit_code code_of(const error& why) {
  const bool wrong_words = why.code() == errc::invalid_argument || why.code() == errc::invalid_url;
  return wrong_words ? usage : trouble;
}

}  // namespace

void complain(std::string_view what) {
  // On a terminal the count and rate may stand on the line: clear it first (ECMA-48).
  std::string line = ::isatty(STDERR_FILENO) == 1 ? "\r\x1b[Ksluice: " : "sluice: ";
  for (const char each : what) {
    const auto byte = static_cast<unsigned char>(each);
    line.push_back(byte < 0x20 || byte == 0x7f ? ' ' : each);
  }
  std::cerr << line + '\n' << std::flush;
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
