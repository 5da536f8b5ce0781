#include "kafka/outlet.hpp"

#include "kafka/failure.hpp"
#include "kafka/farewell.hpp"

#include <array>
#include <utility>

namespace sluice::kafka {
namespace {

// Others on the executor have their turn in between.
constexpr int reports_a_turn = 64;

// What may have been stored must not be sent again unawares.
error report_of(const rd_kafka_message_t& message, const std::string& trouble) {
  diagnostics about("Kafka did not store the message");
  about.stream(rd_kafka_topic_name(message.rkt));
  const bool unknown = rd_kafka_message_status(&message) == RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED;
  std::string words = rd_kafka_err2str(message.err);
  if (!trouble.empty()) words += "; " + trouble;
  if (!unknown) return failure(message.err, about, std::move(words));
  about.message("it is unknown whether Kafka stored the message").server_text(std::move(words));
  return error(errc::outcome_unknown, about);
}

// Given one by one, librdkafka 2.0 frees them twice where it refuses the message.
native_headers headers_of(const letter& what) {
  if (what.headers.empty()) return nullptr;
  native_headers made(rd_kafka_headers_new(what.headers.size()));
  for (const auto& [name, value] : what.headers) {
    rd_kafka_header_add(made.get(), name.c_str(), -1, value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return made;
}

std::vector<rd_kafka_vu_t> parts_of(const letter& what, std::uintptr_t number,
                                    rd_kafka_headers_t* headers) {
  std::vector<rd_kafka_vu_t> parts(4);
  parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  parts[0].u.cstr = what.topic.c_str();
  parts[1].vtype = RD_KAFKA_VTYPE_VALUE;
  // librdkafka copies them, whatever the types say.
  parts[1].u.mem = {const_cast<char*>(what.payload.data()), what.payload.size()};
  parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[2].u.i = RD_KAFKA_MSG_F_COPY;
  parts[3].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[3].u.ptr = reinterpret_cast<void*>(number);
  if (what.key) {
    auto& key = parts.emplace_back();
    key.vtype = RD_KAFKA_VTYPE_KEY;
    key.u.mem = {const_cast<char*>(what.key->data()), what.key->size()};
  }
  if (headers != nullptr) {
    auto& all = parts.emplace_back();
    all.vtype = RD_KAFKA_VTYPE_HEADERS;
    all.u.headers = headers;
  }
  return parts;
}

}  // namespace

std::shared_ptr<outlet> outlet::open(std::shared_ptr<connection> link, const settings& how) {
  const std::shared_ptr<outlet> made(new outlet(std::move(link)));
  made->begin(how);
  return made;
}

outlet::~outlet() { close(); }

void outlet::begin(const settings& how) {
  auto choices = how.for_sending();
  std::array<char, 512> words{};
  client_ = rd_kafka_new(RD_KAFKA_PRODUCER, choices.get(), words.data(), words.size());
  if (client_ == nullptr) {
    throw error(errc::invalid_argument,
                diagnostics("librdkafka makes no producer").server_text(words.data()));
  }
  choices.release();  // gcc12-ok: the producer owns it now
  queue_.reset(rd_kafka_queue_get_main(client_));
  bell_ = bell::hang(link_->executor(), link_->time(), weak_from_this());
  bell_->listen_to(*queue_);
}

void outlet::send(const letter& what, sent_handler done) {
  if (client_ == nullptr) throw error(errc::closed);
  const auto number = ++number_;
  auto headers = headers_of(what);
  const auto parts = parts_of(what, number, headers.get());
  const native_error refused(rd_kafka_produceva(client_, parts.data(), parts.size()));
  if (refused) {
    diagnostics about("Kafka takes no message now");
    throw failure(rd_kafka_error_code(refused.get()), about.stream(what.topic),
                  rd_kafka_error_string(refused.get()));
  }
  headers.release();  // gcc12-ok: they travel with the message
  under_way_.emplace(number, std::move(done));
}

void outlet::retire() {
  if (client_ == nullptr) return;
  // Not at once: it may be a report of ours that brought its user to this.
  self_ = shared_from_this();
  bell_->ring();
}

void outlet::on_bell() {
  const auto living = shared_from_this();
  for (int served = 0; queue_; ++served) {
    if (served == reports_a_turn) return bell_->ring();
    const native_event next(rd_kafka_queue_poll(queue_.get(), 0));
    if (!next) break;
    on_event(*next);
  }
  if (self_ && under_way_.empty()) close();
}

void outlet::on_event(rd_kafka_event_t& what) {
  const auto kind = rd_kafka_event_type(&what);
  if (kind == RD_KAFKA_EVENT_DR) on_reports(what);
  if (kind == RD_KAFKA_EVENT_ERROR) on_trouble(what);
}

void outlet::on_reports(rd_kafka_event_t& reports) {
  while (const auto* const each = rd_kafka_event_message_next(&reports)) {
    const auto found = under_way_.find(reinterpret_cast<std::uintptr_t>(each->_private));
    if (found == under_way_.end()) continue;
    const auto done = std::move(found->second);
    under_way_.erase(found);
    if (each->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      trouble_.clear();
      done(nullptr);
    } else {
      const auto why = report_of(*each, trouble_);
      done(&why);
    }
  }
}

void outlet::on_trouble(rd_kafka_event_t& what) {
  const auto code = rd_kafka_event_error(&what);
  if (code == RD_KAFKA_RESP_ERR__FATAL) broken_ = true;
  trouble_ = rd_kafka_event_error_string(&what);
  if (!link_->has_event_handler()) return;
  link_->emit(
      events::carrier_troubled{.carrier = "kafka", .reason = code_of(code), .text = trouble_});
}

// Whoever waits to be told is taken apart by the same end.
void outlet::on_context_end() noexcept {
  under_way_.clear();
  close();
}

void outlet::close() noexcept {
  const auto living = std::exchange(self_, nullptr);
  if (client_ == nullptr) return;
  bell::mute(*queue_);
  queue_.reset();
  bell_->take_down();
  // Nobody waits until what is left has left.
  rd_kafka_purge(client_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  say_farewell(std::exchange(client_, nullptr));
  const error why(errc::closed);
  for (const auto& [number, done] : std::exchange(under_way_, {})) done(&why);
}

}  // namespace sluice::kafka
