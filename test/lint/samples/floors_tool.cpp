// as: lib/cli/sample.cpp
#include "cli/arguments.hpp"
#include "redis/engine.hpp"         // expect: floor
#include <sluice/sluice.hpp>
