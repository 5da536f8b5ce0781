#include "app/service_codec.hpp"

#include "core/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace sluice {
namespace {

namespace json = boost::json;

json::object encode_topic(const topic_statistics& of) {
  json::object made;
  made["topic"] = of.topic;
  made["listeners"] = of.listeners;
  made["handled"] = of.handled;
  made["failed"] = of.failed;
  made["retried"] = of.retried;
  made["revoked"] = of.revoked;
  made["answers"] = of.answers;
  made["in_progress"] = of.in_progress;
  if (of.backlog) made["backlog"] = *of.backlog;
  made["concurrency"] = of.concurrency;
  return made;
}

// Reads members of an object; what is missing, or of another type, stays as it is.
class member_reader {
 public:
  explicit member_reader(const json::object& from) : from_(from) {}

  void read(std::string_view name, std::string& into) const {
    const auto* const found = from_.if_contains(name);
    if (const auto* const text = found == nullptr ? nullptr : found->if_string()) {
      into.assign(text->data(), text->size());
    }
  }
  template <class Number>
  void read(std::string_view name, Number& into) const {
    const auto* const found = from_.if_contains(name);
    if (found == nullptr) return;
    boost::system::error_code wrong;
    const auto number = found->to_number<Number>(wrong);
    if (!wrong) into = number;
  }
  template <class Number>
  void read(std::string_view name, std::optional<Number>& into) const {
    Number number = 0;
    read(name, number);
    if (from_.contains(name)) into = number;
  }
  void read(std::string_view name, std::chrono::milliseconds& into) const {
    std::int64_t number = into.count();
    read(name, number);
    into = std::chrono::milliseconds(number);
  }

 private:
  const json::object& from_;
};

topic_statistics decode_topic(const json::object& from) {
  topic_statistics made;
  const member_reader member(from);
  member.read("topic", made.topic);
  member.read("listeners", made.listeners);
  member.read("handled", made.handled);
  member.read("failed", made.failed);
  member.read("retried", made.retried);
  member.read("revoked", made.revoked);
  member.read("answers", made.answers);
  member.read("in_progress", made.in_progress);
  member.read("backlog", made.backlog);
  member.read("concurrency", made.concurrency);
  return made;
}

}  // namespace

std::vector<std::string> service_keys() { return {"{sluice:services}:seen", "{sluice:services}"}; }

std::string encode_service(const service_info& what) {
  json::object made;
  made["app"] = what.app;
  made["instance"] = what.instance;
  made["host"] = what.host;
  made["process"] = what.process;
  made["started"] = what.started.count();
  json::array topics;
  for (const auto& each : what.topics) topics.push_back(encode_topic(each));
  made["topics"] = std::move(topics);
  return json::serialize(made);
}

std::optional<service_info> decode_service(std::string_view text) {
  std::string flaw;
  const auto read = read_json(text, flaw);
  const auto* const from = read.if_object();
  if (from == nullptr) return std::nullopt;
  service_info made;
  const member_reader member(*from);
  member.read("app", made.app);
  member.read("instance", made.instance);
  member.read("host", made.host);
  member.read("process", made.process);
  member.read("started", made.started);
  const auto* const topics = from->if_contains("topics");
  const auto* const list = topics == nullptr ? nullptr : topics->if_array();
  if (list == nullptr) return made;
  for (const auto& each : *list) {
    if (const auto* const one = each.if_object()) made.topics.push_back(decode_topic(*one));
  }
  return made;
}

}  // namespace sluice
