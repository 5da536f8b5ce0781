// A list whose elements are gone from the server once they are taken: at most once.
#pragma once

#include "app/message_list.hpp"
#include "redis/connection.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

class popped_list final : public message_list {
 public:
  popped_list(std::shared_ptr<connection> link, std::string list, std::string group)
      : link_(std::move(link)), list_(std::move(list)), group_(std::move(group)) {}

  void take(std::size_t count, bool arm, taken_handler tell) override;
  void forget(const std::string& element, finished tell) override;
  void give_back(const std::vector<std::string>& elements, finished tell) override;
  void bury(const std::string& element, const std::string& reason, finished tell) override;

 private:
  std::shared_ptr<connection> link_;
  std::string list_, group_;
};

}  // namespace sluice
