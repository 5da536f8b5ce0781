// The modelled server's sorted sets.
#include "command_words.hpp"
#include "model_server.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <limits>

namespace sluice::simulation {
namespace {

/// One end of a range of scores: "5", "(5" for what lies beyond, "-inf", "+inf".
struct score_end {
  explicit score_end(const std::string& text)
      : open(text.starts_with('(')), at(number(open ? text.substr(1) : text)) {}

  static double number(const std::string& text) {
    if (text == "-inf") return -std::numeric_limits<double>::infinity();
    if (text == "+inf") return std::numeric_limits<double>::infinity();
    return std::strtod(text.c_str(), nullptr);
  }

  bool open;
  double at;
};

struct score_range {
  bool holds(double score) const {
    const bool above = least.open ? score > least.at : score >= least.at;
    return above && (most.open ? score < most.at : score <= most.at);
  }

  score_end least, most;
};

using members = std::vector<sorted_set::member>;

members within(const sorted_set* set, const score_range& range) {
  members found;
  if (set == nullptr) return found;
  std::copy_if(set->members().begin(), set->members().end(), std::back_inserter(found),
               [&](const auto& each) { return range.holds(each.first); });
  return found;
}

// Places count from 0 at the lowest, and from -1 at the highest.
members between(const sorted_set* set, std::int64_t first, std::int64_t last) {
  if (set == nullptr) return {};
  const auto size = static_cast<std::int64_t>(set->members().size());
  const auto begin = std::max<std::int64_t>(first < 0 ? size + first : first, 0);
  const auto end = std::min(last < 0 ? size + last : last, size - 1) + 1;
  if (begin >= end) return {};
  return {std::next(set->members().begin(), begin), std::next(set->members().begin(), end)};
}

std::vector<std::string> names_of(const members& all) {
  std::vector<std::string> names;
  for (const auto& [score, name] : all) names.push_back(name);
  return names;
}

// With scores, a client gets pairs with doubles, a script what the older protocol has.
void write_members(reply_text& out, const members& all, bool with_scores, bool in_script) {
  out.array(with_scores && in_script ? 2 * all.size() : all.size());
  for (const auto& [score, name] : all) {
    if (!with_scores) {
      out.bulk(name);
    } else if (in_script) {
      out.bulk(name).bulk(reply_text::exactly(score));
    } else {
      out.array(2).bulk(name).floating(score);
    }
  }
}

void write_score(reply_text& out, const sorted_set* in, const std::string& name) {
  const auto score = in == nullptr ? std::nullopt : in->score_of(name);
  score ? out.bulk(reply_text::exactly(*score)) : out.null();
}

bool has_word(const std::vector<std::string>& command, std::string_view word) {
  return std::find(command.begin(), command.end(), word) != command.end();
}

}  // namespace

// ZADD key [NX] (score member)…
void model_server::zadd(session_id, const words& command, reply_text& out) {
  const bool only_new = command[2] == "NX";
  auto& to = data_.sets[command[1]];
  bool any_moved = false;
  std::int64_t count = 0;
  for (std::size_t i = only_new ? 3 : 2; i + 1 < command.size(); i += 2) {
    const auto score = score_end::number(command[i]);
    bool moved = false;
    count += to.add(command[i + 1], score, only_new, moved) ? 1 : 0;
    if (moved) witness_.on_scored(command[1], command[i + 1], score);
    any_moved = any_moved || moved;
  }
  if (any_moved) touch(command[1]);
  out.integer(count);
}

// ZREM key member…
void model_server::zrem(session_id, const words& command, reply_text& out) {
  remove_members(command[1], words(command.begin() + 2, command.end()), out);
}

void model_server::remove_members(const std::string& key, const words& names, reply_text& out) {
  auto* const from = data_.set(key);
  std::int64_t count = 0;
  for (const auto& each : names) {
    const auto score = from == nullptr ? std::nullopt : from->score_of(each);
    if (!score) continue;
    from->remove(each);
    witness_.on_unscored(key, each, *score);
    ++count;
  }
  if (from != nullptr && from->members().empty()) data_.sets.erase(key);
  if (count > 0) touch(key);
  out.integer(count);
}

void model_server::zscore(session_id, const words& command, reply_text& out) {
  write_score(out, data_.set(command[1]), command[2]);
}

// ZMSCORE key member…
void model_server::zmscore(session_id, const words& command, reply_text& out) {
  out.array(command.size() - 2);
  for (std::size_t i = 2; i < command.size(); ++i) {
    write_score(out, data_.set(command[1]), command[i]);
  }
}

void model_server::zcard(session_id, const words& command, reply_text& out) {
  const auto* const found = data_.set(command[1]);
  out.integer(found == nullptr ? 0 : static_cast<std::int64_t>(found->members().size()));
}

// ZCOUNT key least most
void model_server::zcount(session_id, const words& command, reply_text& out) {
  const score_range range{score_end(command[2]), score_end(command[3])};
  out.integer(static_cast<std::int64_t>(within(data_.set(command[1]), range).size()));
}

// ZRANGE key first last [WITHSCORES]
void model_server::zrange(session_id, const words& command, reply_text& out) {
  const auto found = between(data_.set(command[1]), number_of(command[2]), number_of(command[3]));
  write_members(out, found, has_word(command, "WITHSCORES"), running_ != nullptr);
}

// ZRANGEBYSCORE key least most [WITHSCORES] [LIMIT 0 count]
void model_server::zrangebyscore(session_id, const words& command, reply_text& out) {
  const score_range range{score_end(command[2]), score_end(command[3])};
  auto found = within(data_.set(command[1]), range);
  if (has_word(command, "LIMIT")) {
    found.resize(std::min(found.size(), static_cast<std::size_t>(number_of(command.back()))));
  }
  write_members(out, found, has_word(command, "WITHSCORES"), running_ != nullptr);
}

void model_server::zremrangebyscore(session_id, const words& command, reply_text& out) {
  const score_range range{score_end(command[2]), score_end(command[3])};
  remove_members(command[1], names_of(within(data_.set(command[1]), range)), out);
}

void model_server::zremrangebyrank(session_id, const words& command, reply_text& out) {
  const auto found = between(data_.set(command[1]), number_of(command[2]), number_of(command[3]));
  remove_members(command[1], names_of(found), out);
}

}  // namespace sluice::simulation
