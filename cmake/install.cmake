# `cmake --install`: headers, libraries, the tool, a CMake package and pkg-config files.
include(CMakePackageConfigHelpers)

set(package_directory "${CMAKE_INSTALL_LIBDIR}/cmake/sluice")
set(libraries sluice)
if(TARGET sluice_testing)
  list(APPEND libraries sluice_testing)
endif()

install(TARGETS ${libraries}
  EXPORT sluice-targets
  RUNTIME COMPONENT sluice_runtime
  LIBRARY COMPONENT sluice_runtime NAMELINK_COMPONENT sluice_development
  ARCHIVE COMPONENT sluice_development
  FILE_SET HEADERS COMPONENT sluice_development)
install(EXPORT sluice-targets
  NAMESPACE sluice::
  DESTINATION "${package_directory}"
  COMPONENT sluice_development)

# An export of its own, so that an installed sluice is of use also where SOCI is not.
if(TARGET sluice_outbox)
  install(TARGETS sluice_outbox
    EXPORT sluice-outbox-targets
    LIBRARY COMPONENT sluice_runtime NAMELINK_COMPONENT sluice_development
    ARCHIVE COMPONENT sluice_development
    FILE_SET HEADERS COMPONENT sluice_development)
  install(EXPORT sluice-outbox-targets
    NAMESPACE sluice::
    DESTINATION "${package_directory}"
    COMPONENT sluice_development)
  install(FILES "${CMAKE_CURRENT_LIST_DIR}/FindSOCI.cmake"
    DESTINATION "${package_directory}"
    COMPONENT sluice_development)
endif()

# The same where librdkafka is not.
if(TARGET sluice_kafka)
  install(TARGETS sluice_kafka
    EXPORT sluice-kafka-targets
    LIBRARY COMPONENT sluice_runtime NAMELINK_COMPONENT sluice_development
    ARCHIVE COMPONENT sluice_development
    FILE_SET HEADERS COMPONENT sluice_development)
  install(EXPORT sluice-kafka-targets
    NAMESPACE sluice::
    DESTINATION "${package_directory}"
    COMPONENT sluice_development)
  install(FILES "${CMAKE_CURRENT_LIST_DIR}/FindRdKafka.cmake"
    DESTINATION "${package_directory}"
    COMPONENT sluice_development)
endif()

if(TARGET sluice_cli)
  install(TARGETS sluice_cli RUNTIME COMPONENT sluice_runtime)
endif()

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/sluice-config.cmake.in"
  "${PROJECT_BINARY_DIR}/sluice-config.cmake"
  INSTALL_DESTINATION "${package_directory}"
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break its users, so that 0.1 does not stand in for 0.2.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/sluice-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/sluice-config.cmake"
  "${PROJECT_BINARY_DIR}/sluice-config-version.cmake"
  DESTINATION "${package_directory}"
  COMPONENT sluice_development)

# pkg-config has no word for "a static archive that needs more": an archive names its needs openly,
# a shared library carries them itself. Boost has no pkg-config files, hence the library names.
set(pc_boost "-lboost_json -lboost_url -lboost_container -pthread")
if(SLUICE_WITH_TIME_ZONES)
  string(PREPEND pc_boost "-ldate-tz ")
endif()
if(BUILD_SHARED_LIBS)
  set(pc_libs "-lboost_json -lboost_url")
  set(pc_libs_private "${pc_boost}")
  set(pc_requires "")
  set(pc_requires_private "libssl >= 3.0, libcrypto >= 3.0")
  set(pc_kafka "")
  set(pc_kafka_private "rdkafka >= 2.0")
else()
  set(pc_libs "${pc_boost}")
  set(pc_libs_private "")
  set(pc_requires "libssl >= 3.0, libcrypto >= 3.0")
  set(pc_requires_private "")
  set(pc_kafka ", rdkafka >= 2.0")
  set(pc_kafka_private "")
endif()
# The prefix is worked out from where the file lies, so that an installed tree can be moved.
file(RELATIVE_PATH pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
set(packages sluice)
if(TARGET sluice_testing)
  list(APPEND packages sluice-testing)
endif()
if(TARGET sluice_outbox)
  list(APPEND packages sluice-outbox)
endif()
if(TARGET sluice_kafka)
  list(APPEND packages sluice-kafka)
endif()
foreach(package IN LISTS packages)
  configure_file("${CMAKE_CURRENT_LIST_DIR}/${package}.pc.in" "${PROJECT_BINARY_DIR}/${package}.pc"
    @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${package}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig"
    COMPONENT sluice_development)
endforeach()
