#include "redis/tls_transport.hpp"

#include "redis/dialer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace sluice {
namespace ssl = boost::asio::ssl;
namespace {

// The engine may ask for a write at any time; what it hands over is copied, as OpenSSL needs the
// same bytes again after a partial write.
constexpr std::size_t most_staged = std::size_t{64} << 10U;

// A TLS record holds no more (RFC 8446, 5.1), and one read gives no more than a record.
constexpr std::size_t record_size = std::size_t{16} << 10U;

// The peer went away in the middle of the handshake, as a server does that restarts; that says
// nothing about certificates, and the next attempt may succeed.
bool is_cut(const boost::system::error_code& failure) {
  return failure == boost::asio::error::eof || failure == ssl::error::stream_truncated ||
         failure == boost::asio::error::connection_reset ||
         failure == boost::asio::error::broken_pipe;
}

ssl::context make_context(const tls_options& options) {
  ssl::context context(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  if (options.ca_file().empty()) {
    context.set_default_verify_paths();
  } else {
    context.load_verify_file(options.ca_file());
  }
  if (!options.certificate_file().empty()) {
    context.use_certificate_chain_file(options.certificate_file());
    context.use_private_key_file(
        options.key_file().empty() ? options.certificate_file() : options.key_file(),
        ssl::context::pem);
  }
  context.set_verify_mode(options.verify() ? ssl::verify_peer : ssl::verify_none);
  return context;
}

}  // namespace

struct tls_transport::link : std::enable_shared_from_this<link> {
  link(boost::asio::any_io_executor executor, const connection_options& opts, clock& time,
       listener& heard)
      : options(opts),
        context(make_context(opts.tls())),
        stream(std::move(executor), context),
        dial(std::make_shared<dialer>(stream.next_layer(), options, time)),
        hears(&heard) {}

  const std::string& server_name() const {
    return options.tls().server_name().empty() ? options.host() : options.tls().server_name();
  }

  void fails(const error& why) {
    if (hears != nullptr) std::exchange(hears, nullptr)->on_broken(why);
  }

  void breaks(const boost::system::error_code& failure) {
    const bool ended =
        failure == boost::asio::error::eof || failure == ssl::error::stream_truncated;
    fails(error(errc::connection_lost,
                options.address() + (ended ? ": the server closed the connection"
                                           : ": the connection broke: " + failure.message())));
  }

  void shake_hands();
  std::string handshake_text(const boost::system::error_code& failure) const;
  void flush();

  connection_options options;
  ssl::context context;
  ssl::stream<stream_socket> stream;
  std::shared_ptr<dialer> dial;
  listener* hears;
  std::string staged;
  bool writing = false;
  // OpenSSL may still decrypt into it after the owner of the reader's space is gone.
  std::array<char, record_size> record;
};

void tls_transport::link::shake_hands() {
  // RFC 6066 forbids literal addresses in SNI; servers ignore or refuse them.
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(server_name(), not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(stream.native_handle(), server_name().c_str());
  if (options.tls().verify()) {
    stream.set_verify_callback(ssl::host_name_verification(server_name()));
  }
  stream.async_handshake(ssl::stream_base::client,
                         [self = shared_from_this()](const boost::system::error_code& failure) {
                           if (self->hears == nullptr) return;
                           if (!failure) return self->hears->on_connected();
                           const auto code =
                               is_cut(failure) ? errc::connection_lost : errc::tls_failed;
                           self->fails(error(code, self->handshake_text(failure)));
                         });
}

std::string tls_transport::link::handshake_text(const boost::system::error_code& failure) const {
  std::string text = options.address() + ": TLS handshake failed: ";
  const auto verdict =
      SSL_get_verify_result(const_cast<ssl::stream<stream_socket>&>(stream).native_handle());
  if (verdict != X509_V_OK) {
    return text + X509_verify_cert_error_string(verdict) + " (certificate expected for '" +
           server_name() + "')";
  }
  return text + failure.message();
}

void tls_transport::link::flush() {
  writing = true;
  boost::asio::async_write(
      stream, boost::asio::buffer(staged),
      [self = shared_from_this()](const boost::system::error_code& failure, std::size_t) {
        self->writing = false;
        self->staged.clear();
        if (failure) return self->breaks(failure);
        if (self->hears != nullptr) self->hears->on_writable();
      });
}

tls_transport::tls_transport(boost::asio::any_io_executor executor,
                             const connection_options& options, clock& time, listener& listener)
    : link_(std::make_shared<link>(std::move(executor), options, time, listener)) {}

tls_transport::~tls_transport() { close(); }

void tls_transport::connect() {
  link_->dial->dial([self = link_](const boost::system::error_code& failure) {
    if (self->hears == nullptr) return;
    if (failure) return self->fails(connect_error(failure, self->options));
    self->shake_hands();
  });
}

void tls_transport::read(std::span<char> space) {
  const auto most = std::min(space.size(), record_size);
  link_->stream.async_read_some(
      boost::asio::buffer(link_->record.data(), most),
      [self = link_, space](const boost::system::error_code& failure, std::size_t bytes) {
        if (self->hears == nullptr) return;
        if (failure) return self->breaks(failure);
        std::memcpy(space.data(), self->record.data(), bytes);
        self->hears->on_read(bytes);
      });
}

std::size_t tls_transport::write(std::span<const std::string_view> pieces) {
  if (link_->writing) return 0;
  for (const auto& piece : pieces) {
    link_->staged.append(piece.substr(0, most_staged - link_->staged.size()));
  }
  const auto taken = link_->staged.size();
  if (taken > 0) link_->flush();
  return taken;
}

void tls_transport::close() noexcept {
  link_->hears = nullptr;
  link_->dial->cancel();
  boost::system::error_code ignored;
  link_->stream.next_layer().close(ignored);
}

}  // namespace sluice
