#include "cli/group_facts_text.hpp"

#include "cli/readable.hpp"

namespace sluice::cli {

std::string text_of(const admin::figure& count) {
  return (count.estimated ? "~" : "") + std::to_string(count.count);
}

facts_table table_of_groups() {
  return {{"STREAM", "GROUP", "LAG", "PENDING", "OLDEST", "CONSUMERS", "POSITION"}, "llrrrrl"};
}

void add_group(facts_table& table, const std::string& stream, const admin::group_facts& what) {
  json_object object;
  object.text("stream", stream).text("group", what.name);
  object.number("lag", what.lag.count).truth("lag_estimated", what.lag.estimated);
  object.number("pending", what.pending);
  if (what.oldest) {
    object.text("oldest", what.oldest->to_string());
    object.number("oldest_age_ms", std::int64_t{what.age.count()});
  } else {
    object.null("oldest").null("oldest_age_ms");
  }
  object.number("consumers", std::uint64_t{what.consumers});
  object.text("position", what.position.to_string());
  row cells{stream,
            what.name,
            text_of(what.lag),
            std::to_string(what.pending),
            what.oldest ? readable_time(what.age) : "-",
            std::to_string(what.consumers),
            what.position.to_string()};
  table.add(std::move(cells), object);
}

}  // namespace sluice::cli
