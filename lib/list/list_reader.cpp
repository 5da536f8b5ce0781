#include "list/list_reader.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// A link that was given up is asked for again.
constexpr auto unlinked_pause = 10s;

}  // namespace

list_reader::list_reader(std::shared_ptr<connection> link, std::string key,
                         std::unique_ptr<message_list> elements, list_taker& whose)
    : link_(std::move(link)),
      key_(std::move(key)),
      elements_(std::move(elements)),
      whose_(whose),
      cycle_([from = link_.get()] { return from->random(); }) {}

list_reader::~list_reader() {
  link_->bells().remove(key_, *this);
  link_->forget(*this);
  link_->cancel_timer(*this);
}

void list_reader::open() {
  link_->observe(*this);
  link_->bells().add(key_, *this);
  link_->want_link();
  if (link_->ready()) on_link_ready();
  advance();
}

void list_reader::stop() noexcept {
  stopped_ = true;
  link_->cancel_timer(*this);
}

void list_reader::on_link_ready() {
  cycle_.on_link_ready(link_->server().doorbell() != doorbell_state::absent);
  advance();
}

void list_reader::on_ring() {
  cycle_.on_ring();
  advance();
}

void list_reader::on_time() {
  if (link_->gave_up()) link_->want_link();
  advance();
}

void list_reader::advance() {
  const auto wanted = stopped_ || !elements_->open() ? 0 : whose_.room(*this);
  if (wanted == 0) return link_->cancel_timer(*this);
  const auto now = link_->now();
  if (!link_->ready()) return link_->set_timer(*this, now + unlinked_pause);
  const auto look = cycle_.next(now);
  if (look == pop_cycle::look::no) {
    const auto alarm = cycle_.alarm();
    if (alarm == clock::time_point::max()) return link_->cancel_timer(*this);
    return link_->set_timer(*this, std::max(alarm, now));
  }
  elements_->take(wanted, look == pop_cycle::look::pop_and_arm,
                  [this, keep = whose_.kept(), wanted](message_list::taken what) {
                    on_answer(std::move(what), wanted);
                  });
}

void list_reader::on_answer(message_list::taken what, std::size_t asked) {
  if (what.failure != nullptr) {
    cycle_.on_failure(link_->now());
    whose_.on_refused(*this, *what.failure);
  } else {
    const auto got = what.elements.size();
    cycle_.on_popped(got, what.cut_short ? got : asked, what.left, link_->now());
    whose_.on_taken(*this, std::move(what.elements));
  }
  advance();
}

}  // namespace sluice
