# Fills a registry from the files of a plug-in directory: a new plug-in is a new file.
#
#   quantbench_registry(TARGET quantbench MODULE metric HEADER registry.h TYPE MetricRegistry
#                       NOUN "metric" FUNCTION metrics DIRECTORY metric/metrics)
#
# Every NAME.cpp in DIRECTORY (one or more) defines `void register_NAME(MetricRegistry&)` in namespace
# quantbench::MODULE. Generated from them: `register_builtin_metrics(MetricRegistry&)`, which calls
# all, and `metrics()`, the registry with the built-in plug-ins in it. INCLUDE gives the header's
# whole path where it is not quantbench/MODULE/HEADER.
function(quantbench_registry)
  cmake_parse_arguments(ARG "" "TARGET;MODULE;HEADER;INCLUDE;TYPE;NOUN;FUNCTION"
                        "DIRECTORY"
                        ${ARGN})
  if(NOT ARG_INCLUDE)
    set(ARG_INCLUDE quantbench/${ARG_MODULE}/${ARG_HEADER})
  endif()
  set(files "")
  foreach(directory IN LISTS ARG_DIRECTORY)
    file(GLOB found CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${directory}/*.cpp)
    list(APPEND files ${found})
  endforeach()
  set(declarations "")
  set(calls "")
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME_WE)
    string(APPEND declarations "void register_${name}(${ARG_TYPE}& registry);\n")
    string(APPEND calls "  register_${name}(registry);\n")
  endforeach()
  if(files STREQUAL "")
    set(parameter "")
  else()
    set(parameter " registry")
  endif()
  set(output ${CMAKE_CURRENT_BINARY_DIR}/registry_${ARG_MODULE}_${ARG_FUNCTION}.cpp)
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"// Generated from the files of @ARG_DIRECTORY@ by cmake/Registry.cmake.
#include \"@ARG_INCLUDE@\"

namespace quantbench::@ARG_MODULE@ {

@declarations@
void register_builtin_@ARG_FUNCTION@(@ARG_TYPE@&@parameter@) {
@calls@}

@ARG_TYPE@& @ARG_FUNCTION@() {
  static @ARG_TYPE@ filled = [] {
    @ARG_TYPE@ registry(\"@ARG_NOUN@\");
    register_builtin_@ARG_FUNCTION@(registry);
    return registry;
  }();
  return filled;
}

}  // namespace quantbench::@ARG_MODULE@
")
  target_sources(${ARG_TARGET} PRIVATE ${output})
endfunction()
