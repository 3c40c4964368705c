# Build dependencies. scripts/bootstrap installs all of them.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL 7.85 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
find_package(GIF 5 REQUIRED)
# 4.5 bounds the memory of one file (TIFFOpenOptions).
find_package(TIFF 4.5 REQUIRED)
find_package(ONNXRuntime REQUIRED)

# The ONNX protobuf classes, checker and shape inference. Debian's package file names static
# libraries that Debian does not ship, so this file names the two that are needed.
find_path(ONNX_INCLUDE_DIR onnx/onnx_pb.h REQUIRED)
find_library(ONNX_LIBRARY onnx REQUIRED)
find_library(ONNX_PROTO_LIBRARY onnx_proto REQUIRED)
add_library(quantbench_onnx INTERFACE)
target_compile_definitions(quantbench_onnx INTERFACE ONNX_ML=1 ONNX_NAMESPACE=onnx)
target_include_directories(quantbench_onnx SYSTEM INTERFACE
  $<BUILD_INTERFACE:${ONNX_INCLUDE_DIR}>)
target_link_libraries(quantbench_onnx INTERFACE
  ${ONNX_LIBRARY} ${ONNX_PROTO_LIBRARY} protobuf::libprotobuf)

# CMake has no module for WebP, and Debian's libwebp no package file.
find_path(WEBP_INCLUDE_DIR webp/demux.h REQUIRED)
find_library(WEBP_LIBRARY webp REQUIRED)
find_library(WEBPDEMUX_LIBRARY webpdemux REQUIRED)

include(Tokenizers)
