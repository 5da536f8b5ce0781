# gold, where binutils bring it, takes half the time of their other linker, and here are more than a
# hundred programs. An including project keeps its own choice, and so does a caller who names one.
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_EXE_LINKER_FLAGS MATCHES "-fuse-ld=")
  find_program(SLUICE_GOLD ld.gold)
  mark_as_advanced(SLUICE_GOLD)
  if(SLUICE_GOLD)
    add_link_options(-fuse-ld=gold)
  endif()
endif()
