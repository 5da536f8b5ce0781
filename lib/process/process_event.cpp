#include "sluice/process/process_event.hpp"

#include <cstring>

namespace sluice {
namespace {

std::string milliseconds(std::chrono::milliseconds time) {
  return std::to_string(time.count()) + " ms";
}

std::string then(const process_event& what) {
  return what.pause.count() > 0 ? "; the next one begins in " + milliseconds(what.pause) : "";
}

}  // namespace

std::string to_string(const process_end& how) {
  if (how.signal() == 0) return "exit code " + std::to_string(how.exit_code());
  return "signal " + std::to_string(how.signal()) + " (" + ::strsignal(how.signal()) + ")";
}

std::string to_string(const process_event& what) {
  const auto which =
      "worker " + std::to_string(what.number) + " (process " + std::to_string(what.process) + ") ";
  switch (what.what) {
    case process_event::kind::started:
      return which + "runs";
    case process_event::kind::not_started:
      return "worker " + std::to_string(what.number) +
             " could not be started: " + std::string(what.why) + then(what);
    case process_event::kind::asked_to_end:
      return which + "is asked to end: " + std::string(what.why);
    case process_event::kind::killed:
      return which + "did not end in time and is killed";
    case process_event::kind::ended:
      return which + "ended after " + milliseconds(what.lived) + " with " + to_string(what.end) +
             then(what);
    case process_event::kind::lost:
      return which + "did not even end when it was killed";
  }
  return which;
}

}  // namespace sluice
