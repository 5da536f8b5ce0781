# Several sources compiled as one, which instantiates Asio's templates once for all of them: that is
# most of a source's time. For builds that are made once; where sources are edited, each of them would
# take its neighbours with it. Names in unnamed namespaces have to differ within a group: in a folder of
# the library, in a program, and in tests with the same first word in their names. Where the library's
# sources are to show that they include what they need, each is compiled by itself.
function(sluice_unite_library target)
  if(SLUICE_UNITY STREQUAL "ALL")
    sluice_unite(${target} 16 "^[^/]*")
  endif()
endfunction()

function(sluice_unite_program target most)
  if(SLUICE_UNITY MATCHES "^(PROGRAMS|ALL)$")
    sluice_unite(${target} ${most} "\\.cpp$")
  endif()
endfunction()

function(sluice_unite_tests target)
  if(SLUICE_UNITY MATCHES "^(PROGRAMS|ALL)$")
    sluice_unite(${target} 6 "^[^_.]*")
  endif()
endfunction()

# sluice_unite(<target> <most> <alike>): up to `most` sources as one, of those in whose paths the same
# matches `alike`.
function(sluice_unite target most alike)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    string(REGEX MATCH "${alike}" family "${source}")
    string(MAKE_C_IDENTIFIER "${family}" family)
    math(EXPR number "0${count_${family}} / ${most}")
    math(EXPR count_${family} "0${count_${family}} + 1")
    set_source_files_properties(${source} TARGET_DIRECTORY ${target}
      PROPERTIES UNITY_GROUP "${family}_${number}")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # GCC takes a source that is included for a header, in which a coroutine with something of an
  # unnamed namespace in its frame would be a mistake.
  target_compile_options(${target} PRIVATE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()
