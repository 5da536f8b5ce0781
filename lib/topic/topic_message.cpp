#include "sluice/topic/topic_message.hpp"

#include <boost/json/value.hpp>

#include <utility>

namespace sluice {

topic_message::topic_message(uuid id, boost::json::value data)
    : id_(id), data_(std::make_shared<const boost::json::value>(std::move(data))) {}

}  // namespace sluice
