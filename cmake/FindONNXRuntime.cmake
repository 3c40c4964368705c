# ONNX Runtime: target onnxruntime::onnxruntime. Searches an installed CMake package, then
# ONNXRUNTIME_ROOT, then third_party/ (scripts/bootstrap).
find_package(onnxruntime CONFIG QUIET)
if(TARGET onnxruntime::onnxruntime)
  set(ONNXRuntime_FOUND TRUE)
  return()
endif()
set(_third_party ${CMAKE_CURRENT_LIST_DIR}/../third_party/onnxruntime)
find_path(ONNXRuntime_INCLUDE_DIR onnxruntime_cxx_api.h
  HINTS ${ONNXRUNTIME_ROOT} $ENV{ONNXRUNTIME_ROOT} ${_third_party}
  PATH_SUFFIXES include include/onnxruntime include/onnxruntime/core/session)
find_library(ONNXRuntime_LIBRARY onnxruntime
  HINTS ${ONNXRUNTIME_ROOT} $ENV{ONNXRUNTIME_ROOT} ${_third_party}
  PATH_SUFFIXES lib)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ONNXRuntime
  REQUIRED_VARS ONNXRuntime_LIBRARY ONNXRuntime_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run scripts/bootstrap, or set ONNXRUNTIME_ROOT")
if(ONNXRuntime_FOUND AND NOT TARGET onnxruntime::onnxruntime)
  add_library(onnxruntime::onnxruntime SHARED IMPORTED)
  set_target_properties(onnxruntime::onnxruntime PROPERTIES
    IMPORTED_LOCATION ${ONNXRuntime_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${ONNXRuntime_INCLUDE_DIR})
endif()
