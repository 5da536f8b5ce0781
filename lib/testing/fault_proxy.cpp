#include "testing/proxy_engine.hpp"

#include <sluice/testing/fault_proxy.hpp>
#include <sluice/testing/private_server.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <charconv>
#include <stdexcept>
#include <thread>

namespace sluice::testing {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::string_view unix_scheme = "unix://";

stream_endpoint parse_endpoint(std::string_view text) {
  if (text.starts_with(unix_scheme)) {
    return asio::local::stream_protocol::endpoint(std::string(text.substr(unix_scheme.size())));
  }
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    boost::system::error_code failure;
    const auto address = asio::ip::make_address(text.substr(0, colon), failure);
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, port);
    if (!failure && parsed.ec == std::errc() && parsed.ptr == end && port != 0) {
      return asio::ip::tcp::endpoint(address, port);
    }
  }
  throw std::invalid_argument("neither unix:///path nor address:port: " + std::string(text));
}

void require_positive(std::uint64_t number) {
  if (number == 0) throw std::invalid_argument("frames are counted from one");
}

/// Changes the plan of one direction and lets its connections see it.
template <class Change>
void change(proxy_engine& engine, bool replies, Change apply) {
  engine.on_thread([&](proxy_engine& own) {
    apply(own.plan(replies));
    own.wake();
  });
}

}  // namespace

// ---- One direction

const fault_direction& fault_direction::delay(std::chrono::microseconds by) const {
  change(*engine_, replies_, [&](fault_plan& plan) { plan.standing.delay = by; });
  return *this;
}

const fault_direction& fault_direction::jitter(std::chrono::microseconds up_to,
                                               std::uint64_t seed) const {
  change(*engine_, replies_, [&](fault_plan& plan) {
    plan.standing.jitter = up_to;
    plan.random.seed(seed);
  });
  return *this;
}

const fault_direction& fault_direction::throttle(std::uint64_t bytes_per_second) const {
  change(*engine_, replies_,
         [&](fault_plan& plan) { plan.standing.bytes_per_second = bytes_per_second; });
  return *this;
}

const fault_direction& fault_direction::slice(std::size_t bytes,
                                              std::chrono::microseconds pause) const {
  change(*engine_, replies_, [&](fault_plan& plan) {
    plan.standing.slice = bytes;
    plan.standing.slice_pause = pause;
  });
  return *this;
}

const fault_direction& fault_direction::hold() const {
  change(*engine_, replies_, [](fault_plan& plan) { plan.standing.held = true; });
  return *this;
}

const fault_direction& fault_direction::release() const {
  change(*engine_, replies_, [](fault_plan& plan) { plan.standing.held = false; });
  return *this;
}

const fault_direction& fault_direction::drop() const {
  change(*engine_, replies_, [](fault_plan& plan) { plan.standing.dropping = true; });
  return *this;
}

const fault_direction& fault_direction::pass() const {
  change(*engine_, replies_, [](fault_plan& plan) { plan.standing.dropping = false; });
  return *this;
}

const fault_direction& fault_direction::drop_pushes(bool on) const {
  change(*engine_, replies_, [&](fault_plan& plan) { plan.standing.dropping_pushes = on; });
  return *this;
}

const fault_direction& fault_direction::window(std::size_t bytes) const {
  change(*engine_, replies_, [&](fault_plan& plan) { plan.standing.window = bytes; });
  return *this;
}

const fault_direction& fault_direction::truncate(std::uint64_t bytes, cut how) const {
  change(*engine_, replies_, [&](fault_plan& plan) {
    plan.byte_faults.push_back({.position = plan.counts.bytes_passed + bytes,
                                .what = byte_fault::kind::truncate,
                                .how = how});
  });
  return *this;
}

const fault_direction& fault_direction::corrupt(std::uint64_t bytes, unsigned char mask) const {
  change(*engine_, replies_, [&](fault_plan& plan) {
    plan.byte_faults.push_back({.position = plan.counts.bytes_passed + bytes,
                                .what = byte_fault::kind::corrupt,
                                .mask = mask});
  });
  return *this;
}

const fault_direction& fault_direction::duplicate(std::uint64_t bytes, std::size_t count) const {
  change(*engine_, replies_, [&](fault_plan& plan) {
    plan.byte_faults.push_back({.position = plan.counts.bytes_passed + bytes,
                                .what = byte_fault::kind::duplicate,
                                .count = count});
  });
  return *this;
}

const fault_direction& fault_direction::cut_after(std::uint64_t frames, cut how) const {
  require_positive(frames);
  change(*engine_, replies_, [&](fault_plan& plan) {
    plan.frame_faults.push_back(
        {plan.counts.frames_passed + frames, frame_fault::kind::cut_after, how});
  });
  return *this;
}

const fault_direction& fault_direction::lose(std::uint64_t frame, cut how) const {
  require_positive(frame);
  change(*engine_, replies_, [&](fault_plan& plan) {
    plan.frame_faults.push_back({plan.counts.frames_passed + frame, frame_fault::kind::lose, how});
  });
  return *this;
}

const fault_direction& fault_direction::inject(std::string_view bytes) const {
  engine_->on_thread([&](proxy_engine& own) {
    own.for_each([&](proxy_connection& connection) { connection.inject(replies_, bytes); });
  });
  return *this;
}

const fault_direction& fault_direction::half_close() const {
  engine_->on_thread([&](proxy_engine& own) {
    own.for_each([&](proxy_connection& connection) { connection.half_close(replies_); });
  });
  return *this;
}

traffic fault_direction::counts() const {
  return engine_->on_thread([&](proxy_engine& own) { return own.plan(replies_).counts; });
}

bool fault_direction::wait_for_frames(std::uint64_t frames, std::chrono::milliseconds limit) const {
  for (auto waited = 0ms; counts().frames_received < frames; waited += 1ms) {
    if (waited >= limit) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// ---- The whole proxy

fault_proxy::fault_proxy(const private_server& server)
    : fault_proxy(std::string(unix_scheme) + server.socket_path().string()) {}

fault_proxy::fault_proxy(std::string_view server)
    : engine_(std::make_unique<proxy_engine>(parse_endpoint(server))) {}

fault_proxy::~fault_proxy() = default;

std::string fault_proxy::url() const { return "redis://127.0.0.1:" + std::to_string(port()); }

std::string fault_proxy::unix_url() const {
  return std::string(unix_scheme) + engine_->path().string();
}

std::uint16_t fault_proxy::port() const noexcept { return engine_->port(); }

void fault_proxy::close() {
  engine_->on_thread([](proxy_engine& own) {
    own.for_each([](proxy_connection& connection) { connection.end(cut::close); });
  });
}

void fault_proxy::reset() {
  engine_->on_thread([](proxy_engine& own) {
    own.for_each([](proxy_connection& connection) { connection.end(cut::reset); });
  });
}

void fault_proxy::refuse_connections() {
  engine_->on_thread([](proxy_engine& own) {
    own.swallow(false);
    own.listener().shut();
  });
}

void fault_proxy::swallow_connections() {
  engine_->on_thread([](proxy_engine& own) {
    own.swallow(true);
    own.listener().open();
  });
}

void fault_proxy::stall_connections() {
  engine_->on_thread([](proxy_engine& own) {
    own.swallow(false);
    own.listener().stall();
  });
}

void fault_proxy::accept_connections() {
  engine_->on_thread([](proxy_engine& own) {
    own.swallow(false);
    own.listener().open();
  });
}

void fault_proxy::heal() {
  engine_->on_thread([](proxy_engine& own) {
    own.plan(false).heal();
    own.plan(true).heal();
    own.swallow(false);
    own.listener().open();
    own.wake();
  });
}

std::uint64_t fault_proxy::connections() const {
  return engine_->on_thread([](proxy_engine& own) { return own.accepted(); });
}

std::size_t fault_proxy::open_connections() const {
  return engine_->on_thread([](proxy_engine& own) { return own.open(); });
}

}  // namespace sluice::testing
