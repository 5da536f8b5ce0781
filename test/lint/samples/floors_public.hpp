// as: include/sluice/stream/sample.hpp
#pragma once
#include "sluice/core/error.hpp"
#include "sluice/group/lease.hpp"   // expect: floor
#include "redis/connection.hpp"     // expect: floor
#include <sluice/sluice.hpp>        // expect: floor
#include <sluice/resp/value.hpp>
