// What brings messages to a desk, as many at once as the desk's listeners wish.
#pragma once

#include "app/main_stream.hpp"
#include "app/topic_desk.hpp"
#include "redis/connection.hpp"

#include <memory>
#include <string>

namespace sluice {

/// Receives `topic` for a desk. Where its concurrency depends on the backlog somebody watches that,
/// by the clock of `link`.
std::unique_ptr<reception> receive_at(const std::shared_ptr<topic_desk>& desk,
                                      const std::shared_ptr<connection>& link, main_stream& from,
                                      const std::string& topic, const std::string& group);

}  // namespace sluice
