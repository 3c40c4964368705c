# A framework of its own library: the plug-in of src/quantbench/runtime/NAME, loaded at run time, so that the program starts
# without the library.
#
#   quantbench_runtime_plugin(openvino INCLUDE DIR LIBRARIES FILE... LIBRARY_DIR DIR INSTALLED FILE...)
#
# The installed plug-in looks for the library beside itself, then in LIBRARY_DIR. INSTALLED are files of the library that are
# installed beside it.
function(quantbench_runtime_plugin name)
  cmake_parse_arguments(ARG "" "INCLUDE;LIBRARY_DIR" "LIBRARIES;INSTALLED" ${ARGN})
  set(target quantbench_${name})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/quantbench/runtime/${name}/*.cpp)
  add_library(${target} MODULE ${sources})
  set_target_properties(${target} PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}
    INSTALL_RPATH "$ORIGIN;${ARG_LIBRARY_DIR}" CXX_VISIBILITY_PRESET hidden)
  target_include_directories(${target} SYSTEM PRIVATE ${ARG_INCLUDE})
  target_link_libraries(${target} PRIVATE quantbench quantbench_flags ${ARG_LIBRARIES})
  quantbench_links_tokenizers(${target})
  target_link_options(${target} PRIVATE -Wl,--exclude-libs,ALL -Wl,--as-needed)
  install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/quantbench)
  if(ARG_INSTALLED)
    install(FILES ${ARG_INSTALLED} DESTINATION ${CMAKE_INSTALL_LIBDIR}/quantbench)
  endif()
endfunction()
