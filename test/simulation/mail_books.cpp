#include "mail_books.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace sluice::simulation {
namespace {

std::string at(const std::string& channel, std::uint64_t number) {
  return channel + " #" + std::to_string(number);
}

std::uint64_t number_of(double score) { return static_cast<std::uint64_t>(score); }

}  // namespace

void mail_books::keep_rules_of(const mail_manners& manners) {
  manners_ = manners;
  keys_ = box_keys(manners.layout.prefix());
}

void mail_books::violate(const std::string& what) {
  if (!all_lost_) violate_(what);
}

// Writers.

void mail_books::written(const std::string& text, const std::string& channel,
                         std::uint64_t number) {
  const auto found = places_.find(text);
  if (found == places_.end()) return violate("said to be written, but never stored: " + text);
  if (found->second != std::pair(channel, number)) {
    violate("said to be written as " + at(channel, number) + ", but stored elsewhere: " + text);
  }
}

void mail_books::not_written(const std::string& text, std::string_view why) {
  denied_.insert(text);
  if (places_.contains(text)) {
    violate("said not to be written (" + std::string(why) + "), but it was: " + text);
  }
}

// Readers.

void mail_books::given(const mail_reader& whom, const std::string& channel, std::uint64_t number,
                       const std::string& text) {
  auto& in = channels_[channel];
  const auto where = at(channel, number) + " to " + whom.id;
  const auto found = in.letters.find(number);
  if (found == in.letters.end()) return violate("a message that nobody wrote: " + where);
  if (found->second.text != text) violate("the text of another: " + where + ", '" + text + "'");
  auto& of = in.readers[whom.id];
  judge_order(in, of, whom, number, where);
  if (!manners_.by_hand && of.given.contains(number)) violate("given twice: " + where);
  of.given.insert(number);
  of.given_to[whom.incarnation] = number;
  of.doubtful = false;
}

void mail_books::judge_order(const channel& in, const subscription& of, const mail_reader& whom,
                             std::uint64_t number, const std::string& where) {
  const auto known = of.given_to.find(whom.incarnation);
  const auto last = known == of.given_to.end() ? of.began : known->second;
  if (number <= last) return violate("given backwards or twice: " + where);
  // What was committed is not given again, and may not be given where that failed.
  if (!manners_.by_hand && of.doubtful) return;
  for (auto each = in.letters.upper_bound(last); each->first != number; ++each) {
    const bool missed = each->second.stored && !of.given.contains(each->first);
    if (missed) violate("left out " + std::to_string(each->first) + ", gave " + where);
  }
}

void mail_books::done_with(const mail_reader& whom) {
  for (auto& [name, in] : channels_) {
    const auto found = in.readers.find(whom.id);
    if (found == in.readers.end()) continue;
    auto& of = found->second;
    const auto last = of.given_to.find(whom.incarnation);
    if (last == of.given_to.end()) continue;
    of.done.insert(of.given.begin(), of.given.upper_bound(last->second));
  }
}

bool mail_books::knows(const std::string& id) const {
  return std::any_of(channels_.begin(), channels_.end(),
                     [&](const auto& each) { return each.second.readers.contains(id); });
}

void mail_books::doubt(const std::string& id) {
  for (auto& [name, in] : channels_) {
    const auto found = in.readers.find(id);
    if (found != in.readers.end()) found->second.doubtful = true;
  }
}

// What truly happens.

bool mail_books::owns(std::string_view key) const {
  return !manners_.channels.empty() &&
         (!keys_.channel_of(key).empty() || key.starts_with(keys_.all_indexes()));
}

void mail_books::on_append(const std::string& key, entry_id id,
                           const stored_stream::field_list& fields) {
  store(std::string(keys_.channel_of(key)), id.milliseconds(), fields.at(5));
}

void mail_books::on_delete(const std::string& key, entry_id id) {
  remove(std::string(keys_.channel_of(key)), id.milliseconds());
}

void mail_books::on_scored(const std::string& key, const std::string& member, double score) {
  const std::string name(keys_.channel_of(key));
  if (key == keys_.clients(name)) return move(name, member, number_of(score));
  if (key != keys_.messages(name)) return;
  const auto message = boost::json::parse(member);
  store(name, number_of(score), boost::json::serialize(message.at("data")));
}

void mail_books::on_unscored(const std::string& key, double score) {
  const std::string name(keys_.channel_of(key));
  if (key == keys_.messages(name)) remove(name, number_of(score));
}

void mail_books::store(const std::string& name, std::uint64_t number, const std::string& data) {
  auto& letters = channels_[name].letters;
  const auto text = std::string(boost::json::parse(data).as_string());
  const auto where = at(name, number) + ' ' + text;
  if (!letters.empty() && number <= letters.rbegin()->first) violate("numbers run back: " + where);
  if (!places_.emplace(text, std::pair(name, number)).second) violate("stored twice: " + where);
  if (denied_.contains(text)) violate("stored although it was said not to be: " + where);
  letters[number].text = text;
}

void mail_books::remove(const std::string& name, std::uint64_t number) {
  auto& in = channels_[name];
  in.letters[number].stored = false;
  if (is_bounded()) return;
  for (const auto& [who, each] : in.readers) {
    if (each.position < number) violate("removed before " + who + " has read " + at(name, number));
  }
}

void mail_books::move(const std::string& name, const std::string& who, std::uint64_t position) {
  auto& in = channels_[name];
  const auto [found, is_new] = in.readers.try_emplace(who);
  auto& of = found->second;
  if (is_new) {
    of.began = position;
  } else if (position > of.position) {
    judge_move(in, of, position, name + " for " + who);
  } else if (manners_.first == mailbox_start::earliest) {
    // The first subscription was repeated, and this is the one that was on its way for longest.
    of.given.erase(of.given.upper_bound(position), of.given.end());
    for (auto& [incarnation, last] : of.given_to) last = std::min(last, position);
  } else {
    violate("moved back: " + name + " for " + who);
  }
  of.position = position;
}

void mail_books::judge_move(const channel& in, const subscription& of, std::uint64_t to,
                            const std::string& where) {
  if (!manners_.by_hand) return;
  for (auto each = in.letters.upper_bound(of.position);
       each != in.letters.end() && each->first <= to; ++each) {
    if (each->second.stored && !of.done.contains(each->first)) {
      violate("committed, though nobody asked for it: " + std::to_string(each->first) + " of " +
              where);
    }
  }
}

void mail_books::on_flush() { all_lost_ = true; }

// The end.

std::optional<std::string> mail_books::unread() const {
  if (all_lost_) return std::nullopt;
  for (const auto& [name, in] : channels_) {
    for (const auto& [who, of] : in.readers) {
      for (auto each = in.letters.upper_bound(of.position); each != in.letters.end(); ++each) {
        if (each->second.stored && !of.given.contains(each->first)) {
          return at(name, each->first) + " by " + who;
        }
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> mail_books::uncommitted() const {
  if (all_lost_) return std::nullopt;
  for (const auto& [name, in] : channels_) {
    const auto last = std::find_if(in.letters.rbegin(), in.letters.rend(),
                                   [](const auto& each) { return each.second.stored; });
    if (last == in.letters.rend()) continue;
    for (const auto& [who, of] : in.readers) {
      if (of.position < last->first) return at(name, last->first) + " by " + who;
    }
  }
  return std::nullopt;
}

std::optional<std::string> mail_books::overfull() const {
  if (all_lost_) return std::nullopt;
  for (const auto& [name, in] : channels_) {
    if (in.readers.empty()) continue;
    const auto held = static_cast<std::uint64_t>(std::count_if(
        in.letters.begin(), in.letters.end(), [](const auto& each) { return each.second.stored; }));
    if (held > manners_.buffer + manners_.buffer / 16) {
      return name + " holds " + std::to_string(held) + " messages";
    }
  }
  return std::nullopt;
}

}  // namespace sluice::simulation
