#include "quantbench/graph/type_names.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "quantbench/graph/model.h"

namespace quantbench::graph {

std::string element_type_name(int data_type) {
  // By number, because the ONNX headers built with may be older than a type.
  constexpr std::array<std::string_view, 27> kNames = {
      "unknown",        "float32",  "uint8",        "int8",           "uint16",
      "int16",          "int32",    "int64",        "string",         "bool",
      "float16",        "float64",  "uint32",       "uint64",         "complex64",
      "complex128",     "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
      "float8e5m2fnuz", "uint4",    "int4",         "float4e2m1",     "float8e8m0",
      "uint2",          "int2"};
  const auto index = static_cast<std::size_t>(data_type);
  return std::string(data_type < 0 || index >= kNames.size() ? kNames[0] : kNames[index]);
}

std::string precision_name(int data_type) {
  std::string name = element_type_name(data_type);
  return name.starts_with("uint") ? name.substr(1) : name;
}

int bits_of(int data_type) {
  constexpr int kElements = 8;
  const std::int64_t bytes = byte_size(data_type, kElements);
  return bytes < 0 ? 0 : static_cast<int>(bytes);
}

}  // namespace quantbench::graph
