#include "redis/plain_transport.hpp"
#include "redis/tls_transport.hpp"

namespace sluice {

std::unique_ptr<transport> make_socket_transport(boost::asio::any_io_executor executor,
                                                 const connection_options& options, clock& time,
                                                 transport::listener& listener) {
  if (options.kind() == connection_options::scheme::tls) {
    return std::make_unique<tls_transport>(std::move(executor), options, time, listener);
  }
  return std::make_unique<plain_transport>(executor, options, time, listener);
}

}  // namespace sluice
