#pragma once

#include <string>

namespace quantbench::graph {

/// Name of an onnx::TensorProto::DataType as numpy writes it: "float32", "uint8", "bfloat16";
/// "unknown" for UNDEFINED and for types newer than this program.
std::string element_type_name(int data_type);

/// The precision of arithmetic with this type: signed and unsigned types of one width have one
/// name, "int8" for int8 and uint8.
std::string precision_name(int data_type);

/// Bits of an element; 0 for strings and unknown types.
int bits_of(int data_type);

}  // namespace quantbench::graph
