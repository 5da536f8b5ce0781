# librdkafka, a client of Kafka: the target RdKafka::rdkafka. It has a CMake package of its own, but
# Debian's librdkafka-dev comes without it. Installed with sluice, whose users have the same trouble.
find_path(RdKafka_INCLUDE_DIR librdkafka/rdkafka.h)
find_library(RdKafka_LIBRARY rdkafka)
mark_as_advanced(RdKafka_INCLUDE_DIR RdKafka_LIBRARY)

# 0xMMmmrrxx: major, minor, revision, and 0xff for a release.
if(RdKafka_INCLUDE_DIR)
  file(STRINGS "${RdKafka_INCLUDE_DIR}/librdkafka/rdkafka.h" RdKafka_VERSION
    REGEX "^#define RD_KAFKA_VERSION 0x[0-9a-fA-F]+")
  string(REGEX REPLACE "^.*(0x[0-9a-fA-F]+).*$" "\\1" RdKafka_VERSION "${RdKafka_VERSION}")
  math(EXPR RdKafka_major "(${RdKafka_VERSION} >> 24) & 255")
  math(EXPR RdKafka_minor "(${RdKafka_VERSION} >> 16) & 255")
  math(EXPR RdKafka_revision "(${RdKafka_VERSION} >> 8) & 255")
  set(RdKafka_VERSION "${RdKafka_major}.${RdKafka_minor}.${RdKafka_revision}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(RdKafka
  REQUIRED_VARS RdKafka_LIBRARY RdKafka_INCLUDE_DIR
  VERSION_VAR RdKafka_VERSION)

if(RdKafka_FOUND AND NOT TARGET RdKafka::rdkafka)
  add_library(RdKafka::rdkafka UNKNOWN IMPORTED)
  set_target_properties(RdKafka::rdkafka PROPERTIES
    IMPORTED_LOCATION "${RdKafka_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${RdKafka_INCLUDE_DIR}")
endif()
