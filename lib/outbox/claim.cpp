#include "outbox/claim.hpp"

#include "outbox/sql_failure.hpp"

#include "sluice/core/uuid.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <map>
#include <utility>

namespace sluice::outbox {
namespace {

/// A query whose excluded topics are bound: their number is known only now.
class query {
 public:
  query(soci::session& sql, const exclusion& without) : statement_(sql), without_(without) {}

  template <class... Targets>
  void execute(const std::string& text, Targets&&... into) {
    (statement_.exchange(std::forward<Targets>(into)), ...);
    for (std::size_t i = 0; i < without_.topics.size(); ++i) {
      statement_.exchange(soci::use(without_.topics[i], "skipped_" + std::to_string(i)));
    }
    statement_.alloc();
    statement_.prepare(text);
    statement_.define_and_bind();
    statement_.execute(false);
  }
  bool next() { return statement_.fetch(); }

 private:
  soci::statement statement_;
  const exclusion& without_;
};

}  // namespace

claim::claim(std::shared_ptr<const session_source> sessions, table from, claim_request what)
    : sessions_(std::move(sessions)), from_(std::move(from)), what_(std::move(what)) {}

claim::~claim() { give_back(); }

void claim::take() {
  open();
  try {
    in_sql([this] {
      if (what_.purge_before) purge(*what_.purge_before);
      if (is_anything_due()) hold_due_rows();
    });
  } catch (...) {
    fail();
    throw;
  }
  if (found_.rows.empty()) give_back();
}

void claim::settle(const std::vector<row_id>& sent) {
  if (sent.empty()) return give_back();
  try {
    in_sql([&] {
      if (!in_transaction_) begin();
      *sql_ << text_->mark_sent(sent);
      commit();
    });
  } catch (...) {
    fail();
    throw;
  }
  release();
}

void claim::give_back() noexcept {
  if (in_transaction_) {
    try {
      sql_->rollback();
    } catch (const std::exception&) {
      fail();  // a session that cannot even roll back is of no use to anybody
    }
  }
  release();
}

void claim::open() {
  sql_ = sessions_->lease();
  text_.emplace(from_, dialect_of(*sql_));
}

bool claim::is_anything_due() {
  std::string first;
  auto state = soci::i_null;
  query look(*sql_, what_.without);
  look.execute(text_->first_due(what_.without), soci::into(first, state));
  if (!look.next() || state != soci::i_ok) return false;
  const auto at = text_->time_of(first);
  // What cannot be understood is for the database to compare.
  if (!at || *at <= what_.now) return true;
  found_.next_due = at;
  return false;
}

void claim::hold_due_rows() {
  if (text_->locks_rows()) {
    begin();
    read_due_rows();
    drop_overtakers();
    return;
  }
  if (!lock_.acquire(*sql_, from_.name())) return;
  // Only reading would do, but what cannot be marked afterwards had better not be sent.
  begin();
  read_due_rows();
  commit();
}

void claim::begin() {
  for (const auto& each : text_->begin()) *sql_ << each;
  in_transaction_ = true;
}

void claim::commit() {
  sql_->commit();
  in_transaction_ = false;
}

void claim::read_due_rows() {
  staged_row row;
  std::string id_text;
  auto id_state = soci::i_null, topic_state = soci::i_null, data_state = soci::i_null;
  long long number = 0;
  query due(*sql_, what_.without);
  due.execute(text_->due(what_.now, what_.limit, what_.without), soci::into(number),
              soci::into(id_text, id_state), soci::into(row.topic, topic_state),
              soci::into(row.data, data_state));
  while (due.next()) {
    const bool whole = id_state == soci::i_ok && topic_state == soci::i_ok &&
                       data_state == soci::i_ok && !row.topic.empty();
    const auto id = whole ? uuid::parse(id_text) : std::nullopt;
    if (!id) {
      found_.unreadable.push_back(number);
      continue;
    }
    row.id = number;
    row.message_id = id->to_string();
    found_.rows.push_back(row);
  }
}

// Rows that somebody else has locked are passed by. What stands behind such a row in its topic must
// not be sent before it.
void claim::drop_overtakers() {
  if (found_.rows.empty()) return;
  std::map<std::string, row_id> first_of_others;
  std::string topic;
  auto topic_state = soci::i_null;
  long long number = 0;
  query all(*sql_, what_.without);
  all.execute(text_->due_up_to(found_.rows.back().id, what_.now, what_.without), soci::into(number),
              soci::into(topic, topic_state));
  auto mine = found_.rows.begin();
  while (all.next()) {
    while (mine != found_.rows.end() && mine->id < number) ++mine;
    const bool locked = mine != found_.rows.end() && mine->id == number;
    const bool left_alone = std::find(found_.unreadable.begin(), found_.unreadable.end(), number) !=
                            found_.unreadable.end();
    if (!locked && !left_alone) first_of_others.emplace(topic, number);
  }
  std::erase_if(found_.rows, [&](const staged_row& each) {
    const auto other = first_of_others.find(each.topic);
    return other != first_of_others.end() && other->second < each.id;
  });
}

void claim::purge(wall_time before) {
  std::vector<row_id> old;
  long long number = 0;
  const exclusion nothing;
  {
    query sent(*sql_, nothing);
    sent.execute(text_->sent_before(before, purge_limit), soci::into(number));
    while (sent.next()) old.push_back(number);
  }
  if (old.empty()) return;
  *sql_ << text_->remove(old);
  found_.purged = old.size();
}

void claim::fail() noexcept {
  in_transaction_ = false;
  found_.rows.clear();
  if (sql_) sessions_->renew(*sql_);
  release();
}

void claim::release() noexcept {
  in_transaction_ = false;
  sql_.reset();
  lock_.release();
}

}  // namespace sluice::outbox
