#include "kafka/taken.hpp"

namespace sluice::kafka {

std::vector<std::pair<std::string, std::string>> taken::headers() const {
  std::vector<std::pair<std::string, std::string>> found;
  rd_kafka_headers_t* all = nullptr;
  if (rd_kafka_message_headers(what_, &all) != RD_KAFKA_RESP_ERR_NO_ERROR) return found;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  while (rd_kafka_header_get_all(all, found.size(), &name, &value, &size) ==
         RD_KAFKA_RESP_ERR_NO_ERROR) {
    found.emplace_back(name, std::string(static_cast<const char*>(value), value ? size : 0));
  }
  return found;
}

}  // namespace sluice::kafka
