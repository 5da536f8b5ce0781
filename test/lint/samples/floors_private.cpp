// as: lib/resp/sample.cpp
#include "resp/scanner.hpp"
#include "redis/engine.hpp"         // expect: floor
#include <boost/asio/buffer.hpp>    // expect: floor
#include <string>
