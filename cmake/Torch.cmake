# The libtorch plug-in (src/quantbench/runtime/torch). Built if libtorch is found, loaded at run
# time for framework pytorch. Searches an installed libtorch (Torch_DIR), then third_party/torch
# (scripts/bootstrap --torch). libtorch's own CMake package is not used, because it needs CUDA.
if(Torch_DIR)
  get_filename_component(_torch_root ${Torch_DIR}/../../.. ABSOLUTE)
else()
  set(_torch_root ${PROJECT_SOURCE_DIR}/third_party/torch)
endif()
find_path(TORCH_INCLUDE_DIR ATen/ATen.h PATHS ${_torch_root}/include NO_DEFAULT_PATH)
find_library(TORCH_CPU_LIBRARY torch_cpu PATHS ${_torch_root}/lib NO_DEFAULT_PATH)
find_library(TORCH_C10_LIBRARY c10 PATHS ${_torch_root}/lib NO_DEFAULT_PATH)
if(NOT TORCH_INCLUDE_DIR OR NOT TORCH_CPU_LIBRARY OR NOT TORCH_C10_LIBRARY)
  message(STATUS "libtorch not found: built without framework pytorch")
  return()
endif()

get_filename_component(_torch_lib ${TORCH_CPU_LIBRARY} DIRECTORY)

# Where the installed plug-in finds libtorch: beside itself (QUANTBENCH_INSTALL_LIBTORCH puts a copy
# there), else in QUANTBENCH_LIBTORCH_DIR (default: the libtorch of this build).
option(QUANTBENCH_INSTALL_LIBTORCH "Install libtorch's libraries with the plug-in (some 450 MB)" OFF)
set(QUANTBENCH_LIBTORCH_DIR ${_torch_lib} CACHE PATH
  "Directory of libtorch_cpu.so on the machine that quantbench is installed on")

set(_torch_libraries "")
if(QUANTBENCH_INSTALL_LIBTORCH)
  file(GLOB _torch_libraries ${_torch_lib}/*.so ${_torch_lib}/*.so.*)
  # Libraries of a GPU installation that the CPU library does not need.
  list(FILTER _torch_libraries EXCLUDE REGEX "lib(torch|torch_(cuda|python|global|nvshmem).*|c10_cuda|caffe2_.*|shm.*)[.]so")
endif()
include(RuntimePlugin)
quantbench_runtime_plugin(torch INCLUDE ${TORCH_INCLUDE_DIR}
  LIBRARIES ${TORCH_CPU_LIBRARY} ${TORCH_C10_LIBRARY}
  LIBRARY_DIR ${QUANTBENCH_LIBTORCH_DIR} INSTALLED ${_torch_libraries})
