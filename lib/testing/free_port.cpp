#include "testing/free_port.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sluice::testing {

std::uint16_t free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<::sockaddr*>(&address);
  const bool found =
      probe >= 0 && ::bind(probe, generic, size) == 0 && ::getsockname(probe, generic, &size) == 0;
  const int reason = errno;
  if (probe >= 0) ::close(probe);
  if (!found) throw std::system_error(reason, std::generic_category(), "no free TCP port");
  return ntohs(address.sin_port);
}

}  // namespace sluice::testing
