#include "list/popped_list.hpp"

#include "list/list_burial.hpp"
#include "redis/posting.hpp"
#include "redis/server_time.hpp"

namespace sluice {

void popped_list::take(std::size_t count, bool arm, taken_handler tell) {
  const bool from_left = at_.end == list_end::left;
  std::vector<command> words{command(from_left ? "LPOP" : "RPOP").arg(at_.key, count)};
  if (arm) words.push_back(command("LLEN").arg(at_.key));
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

void popped_list::forget(const std::string&, finished tell) { tell(nullptr); }

void popped_list::give_back(const std::vector<std::string>& elements, finished tell) {
  command back(at_.end == list_end::left ? "LPUSH" : "RPUSH");
  back.arg(at_.key);
  for (auto each = elements.rbegin(); each != elements.rend(); ++each) back.arg(*each);
  std::vector<command> words{std::move(back)};
  if (at_.lifetime) words.push_back(command("EXPIRE").arg(at_.key, at_.lifetime->count()));
  post_unit(*link_, words, risk::once,
            [tell = std::move(tell)](const resp::value&, const error* failure) { tell(failure); });
}

void popped_list::bury(const std::string& element, const element_death& cause, finished tell) {
  const auto add = list_burial(at_, element, cause, server_time::of(*link_).now());
  post(*link_, add.frame(), risk::repeatable,
       [link = link_, at = at_, why = cause.reason, tell = std::move(tell)](const resp::value&,
                                                                            const error* failure) {
         tell_burial(*link, at, why, failure);
         tell(failure);
       });
}

void popped_list::leave(finished tell) { tell(nullptr); }

}  // namespace sluice
