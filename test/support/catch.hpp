// Catch2 3 and 2.13 with one include. The sources use only what both spell alike.

#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
