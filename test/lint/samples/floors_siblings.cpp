// as: lib/flow/sample.cpp
#include "flow/stage.hpp"
#include "group/lease.hpp"
#include <sluice/mailbox/mailbox.hpp>  // expect: floor
#include <boost/asio/post.hpp>
