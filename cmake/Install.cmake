# `cmake --install`: the program, library, headers and CMake package, and beside them every shared library
# that the program loads, so that the installed tree runs where no bootstrap ever did. Only the C and C++
# runtime are the machine's own.
include(CMakePackageConfigHelpers)

set(QUANTBENCH_PRIVATE_LIBDIR ${CMAKE_INSTALL_LIBDIR}/quantbench)
set(QUANTBENCH_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/quantbench)

install(TARGETS quantbench quantbench_onnx EXPORT quantbenchTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/quantbench/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/quantbench
  FILES_MATCHING PATTERN "*.h" PATTERN "tokenizers_abi" EXCLUDE)
install(FILES $<TARGET_FILE:quantbench_tokenizers> DESTINATION ${QUANTBENCH_PRIVATE_LIBDIR})

# Under the name the programs ask the loader for, and the one a linker looks for.
get_target_property(_onnxruntime onnxruntime::onnxruntime IMPORTED_LOCATION)
if(_onnxruntime)
  file(REAL_PATH ${_onnxruntime} _onnxruntime)
  install(FILES ${_onnxruntime} DESTINATION ${QUANTBENCH_PRIVATE_LIBDIR}
    RENAME libonnxruntime.so.1)
  install(CODE "file(CREATE_LINK libonnxruntime.so.1
    \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${QUANTBENCH_PRIVATE_LIBDIR}/libonnxruntime.so\" SYMBOLIC)")
endif()

# What the program was linked with and what that needs in turn. quantbench_program's CMakeLists.txt adds
# the program to the set.
install(RUNTIME_DEPENDENCY_SET quantbench_libraries
  PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|resolv|stdc[+][+]|gcc_s)[.]so" "^libonnxruntime[.]so"
  LIBRARY DESTINATION ${QUANTBENCH_PRIVATE_LIBDIR})

install(EXPORT quantbenchTargets NAMESPACE quantbench:: DESTINATION ${QUANTBENCH_PACKAGE_DIR})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/quantbenchConfig.cmake.in
  ${PROJECT_BINARY_DIR}/quantbenchConfig.cmake
  INSTALL_DESTINATION ${QUANTBENCH_PACKAGE_DIR}
  PATH_VARS QUANTBENCH_PRIVATE_LIBDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/quantbenchConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/quantbenchConfig.cmake
              ${PROJECT_BINARY_DIR}/quantbenchConfigVersion.cmake
  DESTINATION ${QUANTBENCH_PACKAGE_DIR})
