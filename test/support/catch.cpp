// What the precompiled headers of the test programs belong to.

#include "support/catch.hpp"
