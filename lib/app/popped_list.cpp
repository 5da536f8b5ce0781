#include "app/popped_list.hpp"

#include "app/list_burial.hpp"
#include "app/list_lifetime.hpp"
#include "app/posting.hpp"
#include "app/server_time.hpp"

namespace sluice {

void popped_list::take(std::size_t count, bool arm, taken_handler tell) {
  std::vector<command> words{command("RPOP").arg(list_, count)};
  if (arm) words.push_back(command("LLEN").arg(list_));
  auto done = [tell = std::move(tell), arm](const resp::value& replies, const error* failure) {
    taken what;
    what.failure = failure;
    if (failure == nullptr) {
      for (const auto& each : replies[0]) what.elements.emplace_back(each.text());
      if (arm) what.left = replies[1].integer();
    }
    tell(std::move(what));
  };
  post_unit(*link_, words, risk::once, std::move(done), endurance::endless);
}

void popped_list::forget(const std::string&, finished tell) { tell(); }

void popped_list::give_back(const std::vector<std::string>& elements, finished tell) {
  command back("RPUSH");
  back.arg(list_);
  for (auto each = elements.rbegin(); each != elements.rend(); ++each) back.arg(*each);
  post_unit(*link_, {back, command("EXPIRE").arg(list_, list_lifetime.count())}, risk::once,
            [tell = std::move(tell)](const resp::value&, const error*) { tell(); });
}

void popped_list::bury(const std::string& element, const std::string& reason, finished tell) {
  const auto add = list_burial(list_, group_, element, reason, server_time::of(*link_).now());
  post(*link_, add.frame(), risk::repeatable,
       [tell = std::move(tell)](const resp::value&, const error*) { tell(); });
}

}  // namespace sluice
