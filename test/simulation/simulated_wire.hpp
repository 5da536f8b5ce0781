// A link in memory between a client and the modelled server, with every way to fail a link has.
#pragma once

#include "model_server.hpp"
#include "process.hpp"
#include "timeline.hpp"

#include "redis/transport.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace sluice::simulation {

/// What will happen to one link; decided when it is made.
struct link_fate {
  enum class arrival : unsigned char { accepted, refused, unanswered };
  enum class ending : unsigned char {
    after_what_arrived,  ///< As FIN: what the server sent before is still delivered.
    at_once,             ///< As RST: what is on its way back is lost.
  };

  arrival welcome = arrival::accepted;
  clock::duration connect_delay{};
  clock::duration least_latency{};
  clock::duration most_latency{};
  std::size_t longest_slice_up = 65'536;
  std::size_t longest_slice_down = 65'536;
  /// How many bytes may be on their way to the server; `write` takes no more.
  std::size_t window = 65'536;
  /// The link breaks when so many bytes have reached the server, or the client.
  std::optional<std::size_t> break_after_up;
  std::optional<std::size_t> break_after_down;
  /// The link breaks at a time after it was made.
  std::optional<clock::duration> break_after;
  ending break_how = ending::at_once;
  /// From then on nothing arrives any more and nobody is told.
  std::optional<clock::duration> silent_after;
  /// Silence swallows only what comes from the server: requests are still executed.
  bool silent_one_way = false;
  /// What the client wrote still reaches the server after the client has closed the link, late.
  std::optional<clock::duration> straggle;
};

/// How links are made: gives each its fate, and counts them.
class network {
 public:
  network(timeline& time, model_server& server, dice chance)
      : time_(time), server_(server), chance_(std::move(chance)) {}
  virtual ~network() = default;
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  /// To be given to `connection::make`, for the program of a process.
  transport_factory factory(std::shared_ptr<process> home);

  std::size_t living_wires() const noexcept { return living_; }

 protected:
  virtual link_fate next_fate() = 0;

 private:
  friend class simulated_wire;

  timeline& time_;
  model_server& server_;
  dice chance_;
  std::size_t living_ = 0;
};

class simulated_wire final : public transport {
 public:
  simulated_wire(network& through, link_fate fate, std::shared_ptr<process> home, listener& hears);
  ~simulated_wire() override;

  void connect() override;
  void read(std::span<char> space) override;
  std::size_t write(std::span<const std::string_view> pieces) override;
  void close() noexcept override;

 private:
  // Outlives the wire while bytes are on their way.
  class link;

  network& network_;
  std::shared_ptr<link> link_;
};

}  // namespace sluice::simulation
