# The installed library, used by a project that knows nothing of this one (test/consumer). Left out
# under sanitizers, which would have to be forced on that project too.
if(SLUICE_SANITIZE OR NOT SLUICE_INSTALL)
  return()
endif()

string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
string(REPLACE ";" "\\;" launcher "${CMAKE_CXX_COMPILER_LAUNCHER}")  # one of several words
set(consumer_environment
  "CXX=${CMAKE_CXX_COMPILER}"
  "BUILD_TYPE=${CMAKE_BUILD_TYPE}"
  "CXX_FLAGS=${CMAKE_CXX_FLAGS_${build_type}}"
  "LAUNCHER=${launcher}"
  "OUTBOX=$<IF:$<BOOL:${SLUICE_WITH_OUTBOX}>,ON,OFF>"
  "KAFKA=$<IF:$<BOOL:${SLUICE_WITH_KAFKA}>,ON,OFF>")

function(consumer_test way)
  add_test(NAME consumer.${way} COMMAND "${PROJECT_SOURCE_DIR}/test/consumer/run" ${way}
    "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}" "${PROJECT_BINARY_DIR}/consumer")
  set_tests_properties(consumer.${way} PROPERTIES
    LABELS consumer TIMEOUT 900 ENVIRONMENT "${consumer_environment}" ${ARGN})
endfunction()

consumer_test(install FIXTURES_SETUP installed_sluice)
foreach(way find_package pkg_config symbols wrong_version)
  consumer_test(${way} FIXTURES_REQUIRED installed_sluice)
endforeach()
# These two compile the library where ccache does not have it.
foreach(way add_subdirectory shared)
  consumer_test(${way} PROCESSORS 2)
endforeach()
