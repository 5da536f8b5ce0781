# Catch2 3 or, as on Debian 12, 2.13. test/support/catch.hpp hides the difference in the sources;
# test/support/main.cpp holds `main`, so that the target without one is right for both.
find_package(Catch2 REQUIRED)
if(Catch2_VERSION VERSION_LESS 2.13)
  message(FATAL_ERROR "sluice's tests need Catch2 2.13 or newer, found ${Catch2_VERSION}")
endif()
