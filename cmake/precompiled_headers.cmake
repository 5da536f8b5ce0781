# Asio and JSON compiled once instead of in each source: what they cost is most of a small source's
# time under sanitizers. Off where sources are to show that they include what they need, as those of
# the library have to; tests are for nobody else.
function(sluice_precompile target)
  if(SLUICE_PRECOMPILE STREQUAL "ALL")
    sluice_precompile_headers(${target} ${ARGN})
  endif()
endfunction()

function(sluice_precompile_tests target)
  if(SLUICE_PRECOMPILE MATCHES "^(TESTS|ALL)$")
    sluice_precompile_headers(${target} <support/catch.hpp>)
  endif()
endfunction()

function(sluice_precompile_headers target)
  target_precompile_headers(${target} PRIVATE
    <boost/asio/any_io_executor.hpp> <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp>
    <boost/asio/io_context.hpp> <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp>
    <boost/json/value.hpp> <algorithm> <chrono> <functional> <map> <memory> <optional> <string>
    <variant> <vector> ${ARGN})
  target_compile_options(${target} PRIVATE
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)  # for ccache
endfunction()
