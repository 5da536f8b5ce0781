// as: lib/redis/engine_part.cpp
#include "redis/backoff.hpp"
#include "redis/connection.hpp"     // expect: floor
#include <sluice/core/clock.hpp>
#include <sluice/redis/client.hpp>  // expect: floor
