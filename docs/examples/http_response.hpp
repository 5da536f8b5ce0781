// The HTTP side of http_server.cpp: answers as they come, as lines of JSON or server-sent events.
#pragma once

#include <sluice/core/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;
using namespace std::chrono_literals;

// [status]
inline http::status status_of(const sluice::error& why) {
  if (why.code() == sluice::error::feedback_timeout) return http::status::gateway_timeout;
  if (why.code() == sluice::error::feedback_error) return http::status::bad_gateway;
  return http::status::service_unavailable;  // overloaded, or the Redis server is in trouble
}

// What a listener said is for the client; what Sluice knows of servers and keys is not.
inline std::string text_of(const sluice::error& why) {
  if (why.code() == sluice::error::feedback_error) return why.why().server_text();
  return why.code().message();
}
// [/status]

// [response]
/// One response: a status alone, or answers in chunks. Its status is that of the first of them.
class response {
 public:
  response(beast::tcp_stream& to, const http::request<http::string_body>& what, bool last)
      : to_(to),
        keep_alive_(what.keep_alive() && !last),
        events_(what[http::field::accept].find("text/event-stream") != std::string_view::npos) {}

  asio::awaitable<void> add(json::value answer) {
    if (!std::exchange(begun_, true)) co_await begin();
    co_await write((events_ ? "data: " : "") + json::serialize(answer));
  }
  asio::awaitable<void> fail(http::status status, std::string why) {
    json::object told;
    told["error"] = std::move(why);
    auto text = json::serialize(told);
    if (!begun_) co_return co_await write_all(status, std::move(text));
    co_await write((events_ ? "event: error\ndata: " : "") + text);
    co_await end();
  }
  asio::awaitable<void> end() {
    if (!begun_) co_return co_await write_all(http::status::no_content, std::string());
    to_.expires_after(30s);
    co_await asio::async_write(to_, http::make_chunk_last(), asio::use_awaitable);
  }

 private:
  asio::awaitable<void> begin() {
    http::response<http::empty_body> head(http::status::ok, 11);
    head.set(http::field::content_type, events_ ? "text/event-stream" : "application/x-ndjson");
    head.set(http::field::cache_control, "no-store");
    head.keep_alive(keep_alive_);
    head.chunked(true);
    http::response_serializer<http::empty_body> bytes(head);
    to_.expires_after(30s);
    co_await http::async_write_header(to_, bytes, asio::use_awaitable);
  }
  // While the client does not read, no further answer is taken: that slows down who gives them.
  asio::awaitable<void> write(std::string line) {
    line += events_ ? "\n\n" : "\n";
    const auto chunk = http::make_chunk(asio::buffer(line));
    to_.expires_after(30s);
    co_await asio::async_write(to_, chunk, asio::use_awaitable);
  }
  asio::awaitable<void> write_all(http::status status, std::string text) {
    http::response<http::string_body> all(status, 11, std::move(text));
    if (!all.body().empty()) all.set(http::field::content_type, "application/json");
    if (status == http::status::method_not_allowed) all.set(http::field::allow, "POST");
    all.keep_alive(keep_alive_);
    all.prepare_payload();
    to_.expires_after(30s);
    co_await http::async_write(to_, all, asio::use_awaitable);
  }

  beast::tcp_stream& to_;
  bool keep_alive_;
  bool events_;
  bool begun_ = false;
};
// [/response]
