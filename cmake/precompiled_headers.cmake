# Asio and JSON compiled once instead of in each source: what they cost is most of a small source's
# time under sanitizers. Off where sources are to show that they include what they need, as those of
# the library have to; the tool and the tests are for nobody else.
function(sluice_precompile_library target)
  if(SLUICE_PRECOMPILE STREQUAL "ALL")
    sluice_precompile_headers(${target} ${ARGN})
  endif()
endfunction()

function(sluice_precompile_program target)
  if(SLUICE_PRECOMPILE MATCHES "^(PROGRAMS|ALL)$")
    sluice_precompile_headers(${target} ${ARGN})
  endif()
endfunction()

# For programs that are compiled as `owner` is: nearly 200 MB less for each of them.
function(sluice_share_precompiled target owner)
  get_target_property(owned ${owner} PRECOMPILE_HEADERS)
  if(owned)
    target_precompile_headers(${target} REUSE_FROM ${owner})
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
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
