#include "stream/reader_lane.hpp"

#include <utility>

namespace sluice {

reader_lane::reader_lane(std::string stream, start from, stream_intake& intake, client redis,
                         const lane_settings& settings)
    : lane(std::move(stream), intake, std::move(redis), settings), from_(from) {
  if (from.what() == start::kind::earliest) begin_after(entry_id());
  if (from.what() == start::kind::after) begin_after(from.id());
}

lane::next_step reader_lane::preparation(std::optional<command>& what) {
  if (received_) return next_step::live;
  if (from_.what() == start::kind::latest) {
    // "$" in every read would lose what is added between two of them: the place is fixed once.
    what.emplace("XINFO");
    what->arg("STREAM").arg(name);
  } else {
    what.emplace("XREVRANGE");
    what->arg(name).arg("+").arg("-").arg("COUNT").arg(from_.count());
  }
  return next_step::send;
}

void reader_lane::on_prepared(const resp::value& reply, const buffer_ref&) {
  if (reply.is_error()) return begin_after(entry_id());
  if (from_.what() == start::kind::latest) {
    const auto last = entry_id::parse(reply.find("last-generated-id").text());
    if (!last) throw error(errc::unexpected_reply, "XINFO STREAM without a last-generated-id");
    return begin_after(*last);
  }
  std::vector<raw_entry> found;
  decode_entries(reply, found);
  const auto oldest =
      found.empty() ? entry_id() : entry_id::parse(found.back().id).value_or(entry_id());
  begin_after(oldest.previous());
}

command reader_lane::read_command(std::size_t count, std::chrono::milliseconds block) const {
  command read("XREAD");
  read.arg("COUNT").arg(count);
  if (block.count() > 0) read.arg("BLOCK").arg(block.count());
  read.arg("STREAMS").arg(name).arg(received_->to_string());
  return read;
}

void reader_lane::on_received(const raw_entry& fresh) {
  received_ = entry_id::parse(fresh.id).value_or(*received_);
}

std::shared_ptr<stream_source> reader_lane::find_source() {
  auto how = settings().source;
  how.read_arms = true;
  return stream_source::alone(link(), name, how);
}

entry reader_lane::take_item() {
  auto next = take();
  entry taken(shared_from_this(), std::move(next.bytes), next.what.id, next.what.values);
  handed_out_ = taken.id();
  return taken;
}

}  // namespace sluice
