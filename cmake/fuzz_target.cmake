# sluice_fuzz_target(<name> [<more sources>...]): the program fuzz_<name> out of <name>.cpp.
# The library itself is instrumented by the fuzz preset (SLUICE_SANITIZE with fuzzer-no-link), the
# target adds libFuzzer's main.
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "SLUICE_BUILD_FUZZERS needs clang: libFuzzer is part of it")
endif()

add_custom_target(fuzzers)

function(sluice_fuzz_target name)
  add_executable(fuzz_${name} ${name}.cpp ${ARGN})
  target_include_directories(fuzz_${name} PRIVATE "${PROJECT_SOURCE_DIR}/test")
  target_link_libraries(fuzz_${name} PRIVATE sluice_private)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers fuzz_${name})
endfunction()
