#pragma once

#include <filesystem>

#include "quantbench/calibrate/batches.h"

namespace quantbench::calibrate {

/// Calibration samples in the layout of ONNX's backend tests, for models of any kind:
/// `directory/test_data_set_0/input_0.pb`, `input_1.pb`, ..., `test_data_set_1/...`. Each file is a
/// TensorProto of type FLOAT or INT64 with the name of its graph input. One set is one forward; its
/// first dimension is the number of samples. Files are read on demand, so memory holds one set.
///
/// Throws Error at once if the directory has no such set. While iterating, throws Error for a file
/// that is not a TensorProto, has another type or no name, or does not have its shape's size.
Batches read_test_data(const std::filesystem::path& directory);

}  // namespace quantbench::calibrate
