// A list whose elements are gone from the server once they are taken: at most once.
#pragma once

#include "list/list_place.hpp"
#include "list/message_list.hpp"
#include "redis/connection.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

class popped_list final : public message_list {
 public:
  popped_list(std::shared_ptr<connection> link, list_place at)
      : link_(std::move(link)), at_(std::move(at)) {}

  void take(std::size_t count, bool arm, taken_handler tell) override;
  void forget(const std::string& element, finished tell) override;
  void give_back(const std::vector<std::string>& elements, finished tell) override;
  void bury(const std::string& element, const element_death& cause, finished tell) override;
  void leave(finished tell) override;

 private:
  std::shared_ptr<connection> link_;
  list_place at_;
};

}  // namespace sluice
