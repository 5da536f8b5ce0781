#include "simulated_wire.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace sluice::simulation {

namespace {

constexpr std::size_t finely_sliced = 2'500;
constexpr std::size_t coarse_slice = 300;

}  // namespace

class simulated_wire::link final : public std::enable_shared_from_this<link>,
                                   private model_server::peer {
 public:
  link(network& through, link_fate fate, std::shared_ptr<process> home, listener& hears)
      : time_(through.time_),
        server_(through.server_),
        chance_(through.chance_.split()),
        fate_(fate),
        home_(std::move(home)),
        hears_(&hears) {}

  void connect();
  void read(std::span<char> space);
  std::size_t write(std::span<const std::string_view> pieces);
  void close() noexcept;

 private:
  void arrive();
  void send_up(std::string bytes);
  void take_up(const std::string& slice);
  void let_write_again();
  void on_reply(std::string bytes) override;
  void take_down(const std::string& slice);
  void hand_over();
  void on_closed() override { end_of_server(); }
  void end_of_server();
  void break_link();
  void tell_broken(errc code, const char* text);
  bool silent() const { return fate_.silent_after && time_.now() >= made_ + *fate_.silent_after; }
  void leave_server();
  clock::time_point next_moment(clock::time_point& last);
  template <class Take>
  void slice(const std::string& bytes, std::size_t longest, clock::time_point& last, Take take);

  timeline& time_;
  model_server& server_;
  dice chance_;
  link_fate fate_;
  std::shared_ptr<process> home_;
  listener* hears_;
  clock::time_point made_{};
  model_server::session_id session_ = 0;
  bool broken_ = false;
  std::size_t sliced_ = 0;

  std::string under_way_up_;
  std::size_t arrived_up_ = 0;
  bool write_waits_ = false;
  clock::time_point last_up_{};

  std::size_t arrived_down_ = 0;
  clock::time_point last_down_{};
  std::string received_;
  std::span<char> space_;
};

// Connecting.

void simulated_wire::link::connect() {
  made_ = time_.now();
  if (fate_.welcome == link_fate::arrival::unanswered) return;
  time_.after(fate_.connect_delay, [self = shared_from_this()] { self->arrive(); });
}

void simulated_wire::link::arrive() {
  if (hears_ == nullptr) return;
  if (fate_.welcome == link_fate::arrival::refused) {
    return tell_broken(errc::connection_refused, "simulated: connection refused");
  }
  session_ = server_.accept(*this);
  made_ = time_.now();
  if (fate_.break_after) {
    time_.after(*fate_.break_after, [self = shared_from_this()] { self->break_link(); });
  }
  home_->receive([self = shared_from_this()] {
    if (self->hears_ != nullptr) self->hears_->on_connected();
  });
}

// To the server.

template <class Take>
void simulated_wire::link::slice(const std::string& bytes, std::size_t longest,
                                 clock::time_point& last, Take take) {
  for (std::size_t from = 0; from < bytes.size();) {
    // The finest slices show what they can in the first bytes; for all they only cost time.
    if (sliced_ > finely_sliced) longest = std::max(longest, coarse_slice);
    const auto size = std::min<std::size_t>(chance_.between(1, longest), bytes.size() - from);
    sliced_ += size;
    last = std::max(last, time_.now() + chance_.between(fate_.least_latency, fate_.most_latency));
    time_.at(last, [self = shared_from_this(), take, part = bytes.substr(from, size)] {
      ((*self).*take)(part);
    });
    from += size;
  }
}

std::size_t simulated_wire::link::write(std::span<const std::string_view> pieces) {
  if (broken_ || write_waits_ || home_->dead()) return 0;
  std::string taken;
  std::size_t offered = 0;
  const auto room = fate_.window - std::min(fate_.window, under_way_up_.size());
  for (const auto piece : pieces) {
    offered += piece.size();
    taken.append(piece.substr(0, room - taken.size()));
  }
  write_waits_ = taken.size() < offered;
  under_way_up_ += taken;
  slice(taken, fate_.longest_slice_up, last_up_, &link::take_up);
  return taken.size();
}

void simulated_wire::link::take_up(const std::string& slice) {
  under_way_up_.erase(0, slice.size());
  let_write_again();
  if (session_ == 0 || (silent() && !fate_.silent_one_way)) return;
  const auto limit = fate_.break_after_up.value_or(std::string::npos);
  const auto part = std::min(slice.size(), limit - arrived_up_);
  arrived_up_ += part;
  server_.receive(session_, std::string_view(slice).substr(0, part));
  if (arrived_up_ == limit) break_link();
}

void simulated_wire::link::let_write_again() {
  if (!write_waits_ || hears_ == nullptr || silent()) return;
  write_waits_ = false;
  time_.after({}, [self = shared_from_this()] {
    self->home_->receive([self] {
      if (self->hears_ != nullptr) self->hears_->on_writable();
    });
  });
}

// From the server.

void simulated_wire::link::on_reply(std::string bytes) {
  slice(bytes, fate_.longest_slice_down, last_down_, &link::take_down);
}

void simulated_wire::link::take_down(const std::string& slice) {
  if (broken_ || hears_ == nullptr || silent()) return;
  const auto limit = fate_.break_after_down.value_or(std::string::npos);
  const auto part = std::min(slice.size(), limit - arrived_down_);
  arrived_down_ += part;
  received_.append(slice, 0, part);
  home_->receive([self = shared_from_this()] { self->hand_over(); });
  if (arrived_down_ == limit) break_link();
}

void simulated_wire::link::hand_over() {
  if (space_.empty() || received_.empty() || hears_ == nullptr) return;
  const auto space = std::exchange(space_, {});
  const auto size = std::min(space.size(), received_.size());
  std::memcpy(space.data(), received_.data(), size);
  received_.erase(0, size);
  hears_->on_read(size);
}

void simulated_wire::link::read(std::span<char> space) {
  space_ = space;
  if (received_.empty()) return;
  time_.after({},
              [self = shared_from_this()] { self->home_->receive([self] { self->hand_over(); }); });
}

// Ending.

void simulated_wire::link::leave_server() {
  if (session_ != 0) server_.close(std::exchange(session_, 0));
}

// The server ends the session by itself.
void simulated_wire::link::end_of_server() {
  session_ = 0;
  if (silent()) return;
  time_.at(std::max(last_down_, time_.now()), [self = shared_from_this()] {
    self->broken_ = true;
    self->tell_broken(errc::connection_lost, "simulated: the server went away");
  });
}

void simulated_wire::link::break_link() {
  if (std::exchange(broken_, true)) return;
  leave_server();
  const bool delivers = fate_.break_how == link_fate::ending::after_what_arrived;
  const auto when = delivers ? std::max(last_down_, time_.now()) : time_.now();
  if (delivers) broken_ = false;
  time_.at(when, [self = shared_from_this()] {
    self->broken_ = true;
    self->tell_broken(errc::connection_lost, "simulated: the link broke");
  });
}

void simulated_wire::link::tell_broken(errc code, const char* text) {
  if (hears_ == nullptr || silent()) return;
  time_.note("wire", text);
  home_->receive([self = shared_from_this(), code, text] {
    auto* const told = std::exchange(self->hears_, nullptr);
    if (told != nullptr) told->on_broken(error(code, text));
  });
}

// What was written before the closing may still be executed: here at once, so that no later link's
// commands come before it, or, for a straggler, after them.
void simulated_wire::link::close() noexcept {
  hears_ = nullptr;
  space_ = {};
  const bool lost = session_ == 0 || broken_ || (silent() && !fate_.silent_one_way);
  if (lost || under_way_up_.empty()) return leave_server();
  if (fate_.straggle) {
    return time_.after(*fate_.straggle, [self = shared_from_this()] { self->leave_server(); });
  }
  if (chance_.percent(50)) server_.receive(session_, under_way_up_);
  leave_server();
}

// The transport.

simulated_wire::simulated_wire(network& through, link_fate fate, std::shared_ptr<process> home,
                               listener& hears)
    : network_(through), link_(std::make_shared<link>(through, fate, std::move(home), hears)) {
  ++network_.living_;
}

simulated_wire::~simulated_wire() {
  close();
  --network_.living_;
}

void simulated_wire::connect() { link_->connect(); }
void simulated_wire::read(std::span<char> space) { link_->read(space); }
std::size_t simulated_wire::write(std::span<const std::string_view> pieces) {
  return link_->write(pieces);
}
void simulated_wire::close() noexcept { link_->close(); }

transport_factory network::factory(std::shared_ptr<process> home) {
  return [this, home = std::move(home)](boost::asio::any_io_executor, const connection_options&,
                                        clock&,
                                        transport::listener& hears) -> std::unique_ptr<transport> {
    return std::make_unique<simulated_wire>(*this, next_fate(), home, hears);
  };
}

}  // namespace sluice::simulation
