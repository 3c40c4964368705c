#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/calibrate/batches.h"

namespace quantbench::calibrate {

/// Calibration samples in the layout of ONNX's backend tests, for models of any kind:
/// `directory/test_data_set_0/input_0.pb`, `input_1.pb`, ..., `test_data_set_1/...`. Each file is a
/// TensorProto of any type. Its name is the name of a graph input; else `input_N.pb` is the
/// N-th of `inputs` (Model::input_names), as in ONNX's tests. One set is one forward; its first
/// dimension is the number of samples. Files are read on demand, so memory holds one set.
///
/// Throws Error at once if the directory has no such set. While iterating, throws Error for a file
/// that is not a TensorProto, belongs to no input, or does not have its shape's size.
Batches read_test_data(const std::filesystem::path& directory,
                       std::vector<std::string> inputs = {});

}  // namespace quantbench::calibrate
