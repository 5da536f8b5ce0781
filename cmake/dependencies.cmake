# What every part of sluice needs. cmake/sluice-config.cmake.in repeats these lines for users of an
# installed sluice: change both together.
#
# Boost has shipped its own CMake package since 1.70, so that FindBoost (removed by policy CMP0167)
# is never asked. Boost.System is header-only and comes with Boost::headers.
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json url)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Threads REQUIRED)

# sluice::outbox is built where SOCI is there, unless one is told to do without or to insist.
set(SLUICE_WITH_OUTBOX OFF)
if(SLUICE_BUILD_OUTBOX STREQUAL "AUTO")
  find_package(SOCI 4.0 QUIET)
  set(SLUICE_WITH_OUTBOX ${SOCI_FOUND})
elseif(SLUICE_BUILD_OUTBOX)
  find_package(SOCI 4.0 REQUIRED)
  set(SLUICE_WITH_OUTBOX ON)
endif()

# Named time zones come from Howard Hinnant's date library, where it is there: the compilers' own begin
# with GCC 14. Without it schedules know UTC and fixed distances from it.
set(SLUICE_WITH_TIME_ZONES OFF)
if(SLUICE_TIME_ZONES STREQUAL "AUTO")
  find_package(date CONFIG QUIET)
  if(TARGET date::date-tz)
    set(SLUICE_WITH_TIME_ZONES ON)
  endif()
elseif(SLUICE_TIME_ZONES)
  find_package(date CONFIG REQUIRED)
  set(SLUICE_WITH_TIME_ZONES ON)
endif()

# The same of sluice::kafka and librdkafka. Debian's has no CMake package: cmake/FindRdKafka.cmake.
set(SLUICE_WITH_KAFKA OFF)
if(SLUICE_BUILD_KAFKA STREQUAL "AUTO")
  find_package(RdKafka 2.0 QUIET)
  set(SLUICE_WITH_KAFKA ${RdKafka_FOUND})
elseif(SLUICE_BUILD_KAFKA)
  find_package(RdKafka 2.0 REQUIRED)
  set(SLUICE_WITH_KAFKA ON)
endif()
