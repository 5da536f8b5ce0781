#include "sluice/group/dead_letters.hpp"

#include "group/burial.hpp"

#include <algorithm>
#include <charconv>

namespace sluice {
namespace asio = boost::asio;

struct dead_letter_decoder {
  static std::optional<dead_letter> decode(const resp::value& entry);
};

namespace {

dead_letter::time_point at_millisecond(std::int64_t since_epoch) {
  return dead_letter::time_point(std::chrono::milliseconds(since_epoch));
}

// The arguments that `fields` has encoded: "$3\r\nabc\r\n" each.
std::vector<std::string> words_of(const fields& what) {
  std::vector<std::string> words;
  std::string_view rest = what.encoded();
  while (!rest.empty()) {
    std::size_t size = 0;
    const auto line_end = rest.find('\r');
    std::from_chars(rest.data() + 1, rest.data() + line_end, size);
    words.emplace_back(rest.substr(line_end + 2, size));
    rest.remove_prefix(line_end + 2 + size + 2);
  }
  return words;
}

command range_of(const std::string& name, std::string_view from, std::string_view to,
                 std::size_t most) {
  command range("XRANGE");
  range.arg(name, from, to, "COUNT", most);
  range.repeatable(true);
  return range;
}

asio::awaitable<std::size_t> run_count(client redis, command what) {
  reply answer = co_await redis.exec(std::move(what));
  co_return answer.as<std::size_t>();
}

// A page of nothing but entries that are no dead letters is not the end.
asio::awaitable<std::vector<dead_letter>> run_list(client redis, std::string name, std::string from,
                                                   std::string to, std::size_t most) {
  std::vector<dead_letter> letters;
  while (letters.size() < most) {
    reply found = co_await redis.exec(range_of(name, from, to, most));
    for (const auto& each : found.value()) {
      if (letters.size() == most) break;
      if (auto letter = dead_letter_decoder::decode(each)) letters.push_back(*std::move(letter));
      from.assign("(").append(each[0].text());
    }
    if (found.value().size() < most) break;
  }
  co_return letters;
}

asio::awaitable<std::optional<dead_letter>> run_find(client redis, std::string name, entry_id id) {
  const auto text = id.to_string();
  reply found = co_await redis.exec(range_of(name, text, text, 1));
  std::optional<dead_letter> letter;
  if (found.value().size() > 0) letter = dead_letter_decoder::decode(found.value()[0]);
  co_return letter;
}

asio::awaitable<std::optional<entry_id>> run_redrive(client redis, std::string name, entry_id id,
                                                     redrive_as how,
                                                     std::vector<std::string> edited) {
  const auto letter = co_await run_find(redis, name, id);
  if (!letter) co_return std::optional<entry_id>();
  const group_place at{letter->stream(), letter->group()};
  auto step = burial::redrive(at, name, id.to_string(), how, edited);
  reply answer = co_await redis.exec(*step.what, std::move(step.keys), std::move(step.arguments));
  co_return entry_id::parse(answer.value().is_string() ? answer.value().text() : "");
}

// Those that die meanwhile have greater ids; without an end one that dies of the same again and
// again would keep this going for ever.
asio::awaitable<std::size_t> run_redrive_all(client redis, std::string name, redrive_as how) {
  constexpr std::size_t page = 100;
  command newest("XREVRANGE");
  newest.arg(name, "+", "-", "COUNT", 1).repeatable(true);
  reply last = co_await redis.exec(std::move(newest));
  if (last.value().size() == 0) co_return std::size_t{0};
  const std::string end(last.value()[0][0].text());
  std::size_t count = 0;
  std::string from = "-";
  while (true) {
    const auto letters = co_await run_list(redis, name, from, end, page);
    for (const auto& each : letters) {
      const auto back =
          co_await run_redrive(redis, name, each.id(), how, std::vector<std::string>());
      if (back) ++count;
    }
    if (letters.size() < page) break;
    from = '(' + letters.back().id().to_string();
  }
  co_return count;
}

asio::awaitable<bool> run_drop(client redis, command what) {
  reply answer = co_await redis.exec(std::move(what));
  co_return answer.as<std::int64_t>() > 0;
}

}  // namespace

// Anybody may add to the stream: what does not begin as a burial does is left alone.
std::optional<dead_letter> dead_letter_decoder::decode(const resp::value& entry) {
  const auto values = entry[1];
  if (values.size() < 2 * burial_field::count) return std::nullopt;
  dead_letter what;
  const auto head = [&](std::string_view name, std::size_t place) {
    return values[2 * place].text() == name ? values[2 * place + 1] : resp::value();
  };
  const auto id = entry_id::parse(entry[0].text());
  const auto origin = entry_id::parse(head(burial_field::id, 1).text());
  if (!id || !origin) return std::nullopt;
  what.id_ = *id;
  what.entry_ = *origin;
  what.stream_ = head(burial_field::stream, 0).text();
  what.group_ = head(burial_field::group, 2).text();
  what.consumer_ = head(burial_field::consumer, 3).text();
  what.reason_ = head(burial_field::reason, 4).text();
  what.error_text_ = head(burial_field::error, 5).text();
  what.deliveries_ = head(burial_field::deliveries, 6).integer().value_or(0);
  what.added_ = at_millisecond(head(burial_field::added_at, 7).integer().value_or(0));
  what.died_ = at_millisecond(head(burial_field::died_at, 8).integer().value_or(0));
  auto each = values.begin();
  std::advance(each, 2 * burial_field::count);
  for (; each != values.end(); ++each) {
    const std::string name(each->text());
    what.fields_.emplace_back(name, std::string((++each)->text()));
  }
  return what;
}

std::string_view dead_letter::field(std::string_view name,
                                    std::string_view otherwise) const noexcept {
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [name](const auto& each) { return each.first == name; });
  return found == fields_.end() ? otherwise : std::string_view(found->second);
}

dead_letters::dead_letters(client redis, std::string name)
    : redis_(std::move(redis)), name_(std::move(name)) {
  if (name_.empty()) throw error(errc::invalid_argument, "dead letters need a stream's name");
}

std::string dead_letters::stream_of(std::string_view stream) {
  return std::string(stream) + ":dead";
}

asio::awaitable<std::size_t> dead_letters::size() const {
  command length("XLEN");
  length.arg(name_).repeatable(true);
  return run_count(redis_, std::move(length));
}

asio::awaitable<std::vector<dead_letter>> dead_letters::list(std::size_t most,
                                                             entry_id after) const {
  if (most == 0) throw error(errc::invalid_argument, "a list of no dead letters");
  const auto from = after == entry_id() ? std::string("-") : '(' + after.to_string();
  return run_list(redis_, name_, from, "+", most);
}

asio::awaitable<std::optional<dead_letter>> dead_letters::find(entry_id id) const {
  return run_find(redis_, name_, id);
}

asio::awaitable<std::optional<entry_id>> dead_letters::redrive(entry_id id, redrive_as how) const {
  return run_redrive(redis_, name_, id, how, std::vector<std::string>());
}

asio::awaitable<std::optional<entry_id>> dead_letters::redrive(entry_id id,
                                                               const fields& edited) const {
  if (edited.empty()) throw error(errc::invalid_argument, "an entry needs at least one field");
  return run_redrive(redis_, name_, id, redrive_as::new_entry, words_of(edited));
}

asio::awaitable<std::size_t> dead_letters::redrive_all(redrive_as how) const {
  return run_redrive_all(redis_, name_, how);
}

asio::awaitable<bool> dead_letters::drop(entry_id id) const {
  command remove("XDEL");
  remove.arg(name_).arg(id.to_string());
  return run_drop(redis_, std::move(remove));
}

}  // namespace sluice
