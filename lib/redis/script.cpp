#include "sluice/redis/script.hpp"

#include "redis/call.hpp"

#include "sluice/core/error.hpp"
#include "sluice/redis/client.hpp"

#include <openssl/evp.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

std::string sha1_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1) {
    throw error(errc::invalid_argument, "this OpenSSL does not offer SHA-1, which EVALSHA needs");
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex.push_back(digits[digest[i] >> 4U]);
    hex.push_back(digits[digest[i] & 15U]);
  }
  return hex;
}

command call_of(const script& called, std::string_view name, std::string_view body,
                const std::vector<std::string>& keys, const std::vector<std::string>& arguments) {
  command what(name);
  what.timeout(called.timeout()).repeatable(called.repeatable());
  what.arg(body).arg(keys.size());
  for (const auto& each : keys) what.arg(each);
  for (const auto& each : arguments) what.arg(each);
  return what;
}

// The server may have known the script when it was sent first, on a link that broke.
error in_doubt_as(const error& first, const error& second) {
  if (first.why().message() != sent_on_a_broken_link) return second;
  auto why = second.why();
  return error(second.code(), why.message(first.why().message()));
}

boost::asio::awaitable<reply> run(client kept, script what, std::vector<std::string> keys,
                                  std::vector<std::string> arguments) {
  auto first =
      co_await as_result(kept.exec(call_of(what, "EVALSHA", what.digest(), keys, arguments)));
  if (first) co_return *std::move(first);
  if (first.error().code() != errc::no_script) throw first.error();
  // EVAL makes the server keep it, so that the next call is one round trip again.
  auto second = co_await as_result(kept.exec(call_of(what, "EVAL", what.text(), keys, arguments)));
  if (second) co_return *std::move(second);
  throw in_doubt_as(first.error(), second.error());
}

}  // namespace

script::script(std::string_view text) : text_(text), digest_(sha1_hex(text)) {}

boost::asio::awaitable<reply> client::exec(const script& what, std::vector<std::string> keys,
                                           std::vector<std::string> arguments) {
  return run(*this, what, std::move(keys), std::move(arguments));
}

}  // namespace sluice
