# A rebuild after a switch of branch or preset costs seconds when ccache is there. An including
# project keeps its own choice, and so does a caller who sets CMAKE_CXX_COMPILER_LAUNCHER.
if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(SLUICE_CCACHE ccache)
  mark_as_advanced(SLUICE_CCACHE)
  if(SLUICE_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${SLUICE_CCACHE}")
    if(SLUICE_PRECOMPILE)
      # What ccache asks for before it takes sources with precompiled headers (its manual), beside
      # an option where there are such.
      list(PREPEND CMAKE_CXX_COMPILER_LAUNCHER
        "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros)
    endif()
  endif()
endif()
