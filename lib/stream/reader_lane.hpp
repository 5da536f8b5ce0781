// A stream read independently of any group.
#pragma once

#include "stream/lane.hpp"

#include "sluice/stream/start.hpp"

namespace sluice {

/// Keeps its own place: the last id received for reading on, the last id handed out for the user.
class reader_lane final : public lane {
 public:
  reader_lane(std::string stream, start from, stream_intake& intake, client redis,
              const lane_settings& settings);

  entry take_item();
  std::optional<entry_id> position() const noexcept { return handed_out_; }

  command read_command(std::size_t count, std::chrono::milliseconds block) const override;
  bool mend(const error&) override { return false; }

 private:
  next_step preparation(std::optional<command>& what) override;
  void on_prepared(const resp::value& reply, const buffer_ref& bytes) override;
  bool tolerates(const error& why) override { return why.code() == errc::no_such_key; }
  void on_received(const raw_entry& fresh) override;
  std::shared_ptr<stream_source> find_source() override;
  void begin_after(entry_id id) { received_ = handed_out_ = id; }

  start from_;
  std::optional<entry_id> received_;
  std::optional<entry_id> handed_out_;
};

}  // namespace sluice
