#include "kafka/farewell.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

namespace sluice::kafka {

// A process that ends waits for those that are under way: its libraries must not end before them.
void say_farewell(rd_kafka_t* to) {
  boost::asio::post(boost::asio::system_executor(),
                    [to] { rd_kafka_destroy_flags(to, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); });
}

}  // namespace sluice::kafka
