# How sluice compiles its own targets. Nothing here reaches a user of the library: the library links
# `sluice_build_settings` privately and only in the build tree.

add_library(sluice_build_settings INTERFACE)

target_compile_options(sluice_build_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion
  $<$<BOOL:${SLUICE_WARNINGS_AS_ERRORS}>:-Werror>)

# Asio is header-only here, as it is by default in users' programs, and in its default configuration:
# both share its functions and their static objects in one process. With an Asio compiled apart
# (BOOST_ASIO_SEPARATE_COMPILATION) an optimised program would have some of these objects twice, and
# its signals and its comparisons with asio::error::eof would fail; under BOOST_ASIO_NO_DEPRECATED its
# first timer would crash. test/consumer looks for both.

# Apart, because an example is built with a user's settings but has to share the library's sanitizers.
add_library(sluice_sanitizers INTERFACE)
target_link_libraries(sluice_build_settings INTERFACE sluice_sanitizers)

if(SLUICE_SANITIZE)
  target_compile_options(sluice_sanitizers INTERFACE
    -fsanitize=${SLUICE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sluice_sanitizers INTERFACE -fsanitize=${SLUICE_SANITIZE})
  # A recycled coroutine frame is no free to a sanitizer, so that a use after free goes unseen.
  target_compile_definitions(sluice_sanitizers INTERFACE
    BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # What a sanitizer adds to the code looks to GCC like reads of uninitialised memory, in <regex>
    # for one. The other presets keep the warning.
    target_compile_options(sluice_sanitizers INTERFACE -Wno-maybe-uninitialized)
    # These two checks of every access double the time and the size of what is compiled. A null pointer
    # that is used ends in the address sanitizer as well; the fuzz targets have all checks.
    if(SLUICE_SANITIZE MATCHES "undefined")
      target_compile_options(sluice_sanitizers INTERFACE -fno-sanitize=null,alignment)
    endif()
    # Asio's fences are understood by no version of GCC's thread sanitizer.
    if(SLUICE_SANITIZE STREQUAL "thread")
      target_compile_options(sluice_sanitizers INTERFACE -Wno-tsan)
    endif()
  endif()
  # Clang's function-type check does not know the resume functions of coroutines.
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(sluice_sanitizers INTERFACE -fno-sanitize=function)
  endif()
endif()

# For whoever includes SOCI: it exports its classes without their type information, which the check of
# virtual pointers asks for.
add_library(sluice_soci_sanitizers INTERFACE)
if(SLUICE_SANITIZE MATCHES "undefined")
  target_compile_options(sluice_soci_sanitizers INTERFACE -fno-sanitize=vptr)
endif()

# For tests, benchmarks, fuzz targets and the parts of the library itself: the library plus its
# private headers, under the library's own settings.
add_library(sluice_private INTERFACE)
target_include_directories(sluice_private INTERFACE "${PROJECT_SOURCE_DIR}/lib")
target_link_libraries(sluice_private INTERFACE sluice::sluice sluice_build_settings)
