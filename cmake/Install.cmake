# `cmake --install`: library, headers, CMake package, and the ONNX Runtime it was built with.
include(CMakePackageConfigHelpers)
install(TARGETS quantbench quantbench_onnx EXPORT quantbenchTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/quantbench
  FILES_MATCHING PATTERN "*.h" PATTERN "tokenizers_abi" EXCLUDE)
