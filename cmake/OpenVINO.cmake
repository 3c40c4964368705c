# The OpenVINO plug-in (src/quantbench/runtime/openvino). Built if OpenVINO is found, loaded at run
# time for framework openvino. Searches an installed OpenVINO (OpenVINO_DIR: its runtime/cmake), then
# third_party/openvino (scripts/bootstrap --openvino).
if(OpenVINO_DIR)
  get_filename_component(_openvino_root ${OpenVINO_DIR}/.. ABSOLUTE)
else()
  set(_openvino_root ${PROJECT_SOURCE_DIR}/third_party/openvino)
endif()
find_path(OPENVINO_INCLUDE_DIR openvino/runtime/core.hpp PATHS ${_openvino_root}/include NO_DEFAULT_PATH)
find_library(OPENVINO_LIBRARY openvino
  PATHS ${_openvino_root}/lib ${_openvino_root}/lib/intel64 NO_DEFAULT_PATH)
if(NOT OPENVINO_INCLUDE_DIR OR NOT OPENVINO_LIBRARY)
  message(STATUS "OpenVINO not found: built without framework openvino")
  return()
endif()

get_filename_component(_openvino_lib ${OPENVINO_LIBRARY} DIRECTORY)

# Where the installed plug-in finds OpenVINO: beside itself (QUANTBENCH_INSTALL_OPENVINO puts a copy
# there), else in QUANTBENCH_OPENVINO_DIR (default: the OpenVINO of this build).
option(QUANTBENCH_INSTALL_OPENVINO "Install OpenVINO's libraries with the plug-in (some 100 MB)" OFF)
set(QUANTBENCH_OPENVINO_DIR ${_openvino_lib} CACHE PATH
  "Directory of libopenvino.so on the machine that quantbench is installed on")

set(_openvino_libraries "")
if(QUANTBENCH_INSTALL_OPENVINO)
  # OpenVINO loads the front end and the device from its own directory, by these names.
  file(GLOB _openvino_libraries ${_openvino_lib}/libopenvino.so.* ${_openvino_lib}/libtbb.so.*
    ${_openvino_lib}/libopenvino_onnx_frontend.so.* ${_openvino_lib}/libopenvino_intel_cpu_plugin.so)
endif()
include(RuntimePlugin)
quantbench_runtime_plugin(openvino INCLUDE ${OPENVINO_INCLUDE_DIR} LIBRARIES ${OPENVINO_LIBRARY}
  LIBRARY_DIR ${QUANTBENCH_OPENVINO_DIR} INSTALLED ${_openvino_libraries})
