// Signals that nothing is to be done about.
#pragma once

#include <csignal>

namespace sluice {

/// Whether whoever started the program has it ignore this one, as nohup does.
inline bool is_ignored(int signal) noexcept {
  struct ::sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace sluice
