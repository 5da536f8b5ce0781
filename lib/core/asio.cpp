// The one place where Boost.Asio itself is compiled; all other sources of the project see only its
// declarations (BOOST_ASIO_SEPARATE_COMPILATION), which halves their compile time.

#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
