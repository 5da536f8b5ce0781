#include "flow/once_outlet.hpp"

#include "group/group_access.hpp"
#include "redis/client_access.hpp"
#include "resp/writer.hpp"
#include "stream/add_command.hpp"

#include "sluice/core/uuid.hpp"
#include "sluice/redis/command.hpp"
#include "sluice/redis/script.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace sluice::flow {
namespace {

constexpr std::size_t most_under_way = 256;
// Lua's stack has 8,000 places, for the words of one XADD among others. A script that ends there
// would leave what it has added before.
constexpr std::size_t most_words = 7'900;
// Redis takes no more than 512 MB at a time, and others wait meanwhile.
constexpr std::size_t most_bytes = std::size_t{256} << 20U;

// KEYS: the stream to write, the numbers of steps, then the streams that are read. ARGV: group,
// member, place, number, how long numbers are kept, how many entries are settled, for each the
// index of its stream and its id; then, for each entry to add, how many words of XADD follow, and
// these. Answers 1 when it was done, now or before; -i when the i-th of the entries is not the
// member's; 0 when the stream to write is not there, and must be.
//
// The number is written first, so that whoever may not write it adds nothing. A refused XADD takes
// it back: what refuses one of several refuses the first of them. An XACK that was refused after
// an XADD would leave both, and so it is tried before, with an id that nobody has.
const script& step_script() {
  static const script made(R"lua(
if #KEYS == 0 then return end
local call, out, numbers = redis.pcall, KEYS[1], KEYS[2]
local group, member, place, number = unpack(ARGV, 1, 4)
if redis.call('HGET', numbers, place) == number then return 1 end
local count, at = tonumber(ARGV[6]), 7
local ids = {}
for i = 1, count do
  local stream, id = KEYS[2 + ARGV[at]], ARGV[at + 1]
  local held = call('XPENDING', stream, group, id, id, 1)
  if held.err then return held end
  if not held[1] or held[1][2] ~= member then return -i end
  ids[stream] = ids[stream] or {}
  table.insert(ids[stream], id)
  at = at + 2
end
for stream in pairs(ids) do
  local may = call('XACK', stream, group, '0-0')
  if type(may) == 'table' then return may end
end
redis.call('HSET', numbers, place, number)
redis.call('PEXPIRE', numbers, ARGV[5])
while at <= #ARGV do
  local words = tonumber(ARGV[at])
  local added = call('XADD', out, unpack(ARGV, at + 1, at + words))
  if type(added) ~= 'string' then
    redis.call('HDEL', numbers, place)
    return added or 0
  end
  at = at + 1 + words
end
for stream, all in pairs(ids) do
  for i = 1, #all, 1000 do
    redis.call('XACK', stream, group, unpack(all, i, math.min(i + 999, #all)))
  end
end
return 1
)lua");
  return made;
}

// Makes the server know the script, on each link: one that had to be sent a second time, in full,
// would come behind those that were sent after it.
std::string loading_frame() { return command("EVAL").arg(step_script().text()).arg(0).frame(); }

constexpr auto kept_for = "86400000";

// The words of a frame, behind the first ones.
std::vector<std::string> words_of(std::string_view frame, std::size_t without) {
  std::vector<std::string> words;
  frame.remove_prefix(frame.find('\n') + 1);
  while (!frame.empty()) {
    std::size_t size = 0;
    std::from_chars(frame.data() + 1, frame.data() + frame.size(), size);
    frame.remove_prefix(frame.find('\n') + 1);
    words.emplace_back(frame.substr(0, size));
    frame.remove_prefix(size + 2);
  }
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(without));
  return words;
}

std::string record_name(const std::string& stream, connection& link) {
  return stream + ":settled:" + uuid::random([&link] { return link.random(); }).to_string();
}

}  // namespace

struct once_outlet::step {
  receipt from;
  std::vector<delivery*> entries;  // live as long as the receipt
  std::vector<std::string> keys;
  std::vector<std::string> arguments;
  std::size_t place = 0;
};

once_outlet::once_outlet(runtime& where, client redis, std::string stream, add_options how)
    : run_(where),
      report_(where.report("to_stream_once")),
      redis_(std::move(redis)),
      link_(client_access::shared_link(redis_)),
      stream_(std::move(stream)),
      how_(how),
      record_(record_name(stream_, *link_)),
      left_(where) {
  link_->prepare_links(loading_frame());
}

bool once_outlet::full() const noexcept { return places_ - free_.size() >= most_under_way; }

void once_outlet::push(const std::vector<fields>& what, receipt from) {
  ++report_.taken;
  auto next = std::make_shared<step>();
  next->from = std::move(from);
  for (auto* const each : next->from.origins()) next->entries.push_back(each->held());
  if (next->from.whole() && settle_without_asking(*next)) return;
  const auto flaw = describe(what, *next);
  if (flaw) return give_up(std::move(next->from), *flaw);
  if (free_.empty()) free_.push_back(places_++);
  next->place = free_.back();
  free_.pop_back();
  next->arguments[2] = std::to_string(next->place);
  next->arguments[3] = std::to_string(++last_number_);
  run_.begin_work();
  run_script(*link_, step_script(), next->keys, next->arguments, risk::repeatable,
             [self = shared_from_this(), owner = run_.shared_from_this(),
              next](const script_outcome& answer) { self->on_answer(*next, answer); });
}

// An entry may have come back to this very member, which then has it twice: what it had first is
// another's in this sense, too.
bool once_outlet::settle_without_asking(step& of) {
  for (std::size_t i = 0; i < of.entries.size(); ++i) {
    const auto* const each = of.entries[i];
    if (each == nullptr || (each->pending() && !each->lease_lost())) continue;
    settle(of, -static_cast<std::int64_t>(i) - 1);
    return true;
  }
  return false;
}

std::optional<error> once_outlet::describe(const std::vector<fields>& what, step& into) const {
  const bool held =
      std::ranges::none_of(into.entries, [](const delivery* each) { return each == nullptr; });
  if (into.entries.empty() || !held || !into.from.whole()) {
    return error(errc::invalid_argument, "what is added once must come from a group");
  }
  const auto& first = *into.entries.front();
  into.keys = {stream_, record_};
  into.arguments = {
      first.group(), first.consumer(), "", "", kept_for, std::to_string(into.entries.size())};
  for (const auto* const each : into.entries) {
    if (each->group() != first.group() || each->consumer() != first.consumer()) {
      return error(errc::invalid_argument, "what is added once must come from one group");
    }
    auto key = std::find(into.keys.begin() + 2, into.keys.end(), each->stream());
    if (key == into.keys.end()) key = into.keys.insert(key, each->stream());
    into.arguments.push_back(std::to_string(key - into.keys.begin() - 1));
    into.arguments.emplace_back(each->id_text());
  }
  try {
    return describe_additions(what, into);
  } catch (const error& refused) {
    return refused;
  }
}

std::optional<error> once_outlet::describe_additions(const std::vector<fields>& what,
                                                     step& into) const {
  std::size_t bytes = 0;
  for (const auto& each : what) {
    bytes += each.encoded().size();
    if (bytes > most_bytes) {
      return error(errc::invalid_argument,
                   "what is added once in one step has more than 256 MiB: make smaller batches");
    }
    const auto words = words_of(add_command::encode(stream_, each, how_), 2);
    if (words.size() > most_words) {
      return error(errc::invalid_argument, "an entry that is added once has too many fields");
    }
    into.arguments.push_back(std::to_string(words.size()));
    into.arguments.insert(into.arguments.end(), words.begin(), words.end());
  }
  constexpr std::size_t of_the_call = 3;
  if (of_the_call + into.keys.size() + into.arguments.size() > resp::max_arguments) {
    return error(errc::invalid_argument, "a batch that is added once has too many words");
  }
  return std::nullopt;
}

void once_outlet::on_answer(step& of, const script_outcome& answer) {
  const bool was_full = full();
  free_.push_back(of.place);
  if (was_full) left_.notify_all();
  const auto said = answer.failure == nullptr ? answer.value->integer().value_or(1) : 0;
  if (answer.failure != nullptr) {
    give_up(std::move(of.from), *answer.failure);
  } else if (said == 0) {
    give_up(std::move(of.from),
            error(errc::no_such_key,
                  "there is no stream '" + stream_ + "': create it, or leave out only_existing()"));
  } else {
    settle(of, said);
  }
  run_.end_work();
}

void once_outlet::settle(step& of, std::int64_t answer) {
  auto from = std::exchange(of.from, receipt());
  if (answer == 1) {
    for (auto* const each : of.entries) group_access::settle_quietly(*each);
    return;
  }
  auto& first = *of.entries.at(static_cast<std::size_t>(-answer - 1));
  if (!first.pending() && !first.lease_lost()) return refuse_parts(std::move(from));
  // That one is another member's. The others were made into something together with it: they come
  // again without it.
  const error lost(errc::lease_lost, "an entry of the batch belongs to another member");
  group_access::settle_quietly(first);
  from.fail(std::make_exception_ptr(lost), verdict::nack());
}

// A step before this one has acknowledged it, as if that had been all of it: no step can add the
// rest to what is done.
void once_outlet::refuse_parts(receipt from) {
  const auto why = std::make_exception_ptr(
      error(errc::invalid_argument,
            "parts of one entry came to to_stream_once one by one, and the first has acknowledged "
            "it: make all of them into one vector of fields, by map instead of flat_map"));
  run_.failed(report_, why);
  run_.fail(why);
  from.fail(why, verdict::nack());
}

void once_outlet::give_up(receipt from, const error& why) {
  const auto thrown = std::make_exception_ptr(why);
  run_.failed(report_, thrown);
  fail(std::move(from), thrown);
}

void once_outlet::fail(receipt from, const std::exception_ptr& why) {
  run_.settle(std::move(from), why, verdict::retry());
}

}  // namespace sluice::flow
