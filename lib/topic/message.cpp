#include "sluice/topic/message.hpp"

#include <boost/json/value.hpp>

#include <utility>

namespace sluice {

message::message(uuid id, boost::json::value data)
    : id_(id), data_(std::make_shared<const boost::json::value>(std::move(data))) {}

}  // namespace sluice
