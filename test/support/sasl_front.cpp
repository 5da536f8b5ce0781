#include "support/sasl_front.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <deque>
#include <utility>

namespace scene {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Requests by their numbers in the protocol.
constexpr int produce = 0;
constexpr int metadata = 3;
constexpr int find_coordinator = 10;
constexpr int handshake = 17;
constexpr int api_versions = 18;
constexpr int authentication = 36;

std::int32_t number_at(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8U | static_cast<unsigned char>(bytes.at(at + i));
  }
  return static_cast<std::int32_t>(value);
}

std::string number(std::int64_t value, std::size_t size) {
  std::string made(size, '\0');
  for (std::size_t i = size; i-- > 0; value >>= 8) made[i] = static_cast<char>(value & 0xff);
  return made;
}

std::string text(const std::string& what) {
  return number(static_cast<std::int64_t>(what.size()), 2) + what;
}

// Behind number, version, correlation and the client's name.
std::string body_of(const std::string& request) {
  const auto name = number_at(request, 8, 2);
  return request.substr(10 + static_cast<std::size_t>(name == 0xffff ? 0 : name));
}

template <class Stream>
asio::awaitable<std::string> read_frame(Stream& from) {
  std::string size(4, '\0');
  auto head = asio::buffer(size);
  co_await asio::async_read(from, head, asio::use_awaitable);
  std::string frame(static_cast<std::size_t>(number_at(size, 0, 4)), '\0');
  auto rest = asio::buffer(frame);
  co_await asio::async_read(from, rest, asio::use_awaitable);
  co_return frame;
}

template <class Stream>
asio::awaitable<void> write_frame(Stream& to, std::string frame) {
  frame.insert(0, number(static_cast<std::int64_t>(frame.size()), 4));
  auto whole = asio::buffer(frame);
  co_await asio::async_write(to, whole, asio::use_awaitable);
}

// The list begins behind correlation and error. In versions from 3 on its length is one more than
// it is, in one byte where it is short, and each line ends with a zero.
std::string with_sasl(std::string answer, int version) {
  const bool flexible = version >= 3;
  for (const auto kind : {handshake, authentication}) {
    const auto line =
        number(kind, 2) + number(0, 2) + number(1, 2) + (flexible ? number(0, 1) : "");
    answer.insert(flexible ? 7 : 10, line);
  }
  if (flexible) {
    answer[6] = static_cast<char>(answer[6] + 2);
  } else {
    answer.replace(6, 4, number(number_at(answer, 6, 4) + 2, 4));
  }
  return answer;
}

}  // namespace

struct sasl_front::visit {
  visit(tcp::socket from, asio::io_context& io, asio::ssl::context& certified, bool with_tls)
      : client(std::move(from), certified), server(io), tls(with_tls) {}
  asio::awaitable<std::string> hear() {
    return tls ? read_frame(client) : read_frame(client.next_layer());
  }
  asio::awaitable<void> tell(std::string frame) {
    return tls ? write_frame(client, std::move(frame))
               : write_frame(client.next_layer(), std::move(frame));
  }
  void end() {
    boost::system::error_code ignored;
    client.next_layer().close(ignored);
    server.close(ignored);
  }

  asio::ssl::stream<tcp::socket> client;
  tcp::socket server;
  bool tls;
  std::deque<std::pair<int, int>> asked;  // number and version of what the broker has to answer
  bool known = false;
};

sasl_front::sasl_front(const std::string& broker, std::string user, std::string password,
                       const sluice::testing::certificates* tls)
    : plain_('\0' + std::move(user) + '\0' + std::move(password)),
      speaks_tls_(tls != nullptr),
      broker_(asio::ip::make_address(broker.substr(0, broker.find(':'))),
              static_cast<std::uint16_t>(std::stoi(broker.substr(broker.find(':') + 1)))),
      door_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  if (tls != nullptr) {
    tls_.use_certificate_chain_file(tls->server_certificate().string());
    tls_.use_private_key_file(tls->server_key().string(), asio::ssl::context::pem);
  }
  asio::co_spawn(io_, welcome(), [](const std::exception_ptr&) {});
  runs_ = std::thread([this] { io_.run(); });
}

sasl_front::~sasl_front() {
  io_.stop();
  runs_.join();
}

std::string sasl_front::addresses() const {
  return "127.0.0.1:" + std::to_string(door_.local_endpoint().port());
}

asio::awaitable<void> sasl_front::welcome() {
  while (true) {
    auto came = co_await door_.async_accept(asio::use_awaitable);
    const auto who = std::make_shared<visit>(std::move(came), io_, tls_, speaks_tls_);
    asio::co_spawn(io_, go_in(who), [who](const std::exception_ptr&) { who->end(); });
  }
}

asio::awaitable<void> sasl_front::go_in(std::shared_ptr<visit> who) {
  if (speaks_tls_) {
    co_await who->client.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
  }
  co_await who->server.async_connect(broker_, asio::use_awaitable);
  asio::co_spawn(io_, come_out(who), [who](const std::exception_ptr&) { who->end(); });
  while (true) {
    auto request = co_await who->hear();
    auto passing = pass(who, std::move(request));
    const bool goes_on = co_await std::move(passing);
    if (!goes_on) break;
  }
}

asio::awaitable<bool> sasl_front::pass(std::shared_ptr<visit> who, std::string request) {
  const auto kind = number_at(request, 0, 2);
  const auto version = number_at(request, 2, 2);
  if (kind == handshake || kind == authentication) {
    auto answer = authenticate(*who, request);
    co_await who->tell(std::move(answer));
    co_return kind == handshake || who->known;
  }
  if (kind != api_versions && !who->known) co_return false;
  const auto body = body_of(request);
  // Nobody answers what was sent without a wish to hear of it: its first fields are the name of a
  // transaction and the acknowledgements.
  const bool unanswered = kind == produce && number_at(body, 2, 2) == 0;
  if (!unanswered) who->asked.emplace_back(kind, version);
  co_await write_frame(who->server, std::move(request));
  co_return true;
}

std::string sasl_front::authenticate(visit& who, const std::string& request) {
  const auto answer = request.substr(4, 4);
  if (number_at(request, 0, 2) == handshake) {
    const bool plain = body_of(request).substr(2) == "PLAIN";
    return answer + number(plain ? 0 : 33, 2) + number(1, 4) + text("PLAIN");
  }
  ++asked_in_;
  who.known = body_of(request).substr(4) == plain_;
  auto said = answer + number(who.known ? 0 : 58, 2);
  said += who.known ? number(-1, 2) : text("the door knows no such user");
  said += number(0, 4);
  if (number_at(request, 2, 2) >= 1) said += number(0, 8);
  return said;
}

asio::awaitable<void> sasl_front::come_out(std::shared_ptr<visit> who) {
  const auto theirs = std::string("127.0.0.1") + number(broker_.port(), 4);
  const auto ours = std::string("127.0.0.1") + number(door_.local_endpoint().port(), 4);
  while (true) {
    auto answer = co_await read_frame(who->server);
    const auto [kind, version] = who->asked.front();
    who->asked.pop_front();
    if (kind == api_versions && number_at(answer, 4, 2) == 0) {
      answer = with_sasl(std::move(answer), version);
    }
    const bool names_brokers = kind == metadata || kind == find_coordinator;
    const auto at = names_brokers ? answer.find(theirs) : std::string::npos;
    if (at != std::string::npos) answer.replace(at, theirs.size(), ours);
    co_await who->tell(std::move(answer));
  }
}

}  // namespace scene
