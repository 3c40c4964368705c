#pragma once

#include <filesystem>

#include "quantbench/calibrate/batches.h"

namespace quantbench::calibrate {

/// Calibration samples in the layout of ONNX's backend tests, for models that no task here knows:
/// `directory/test_data_set_0/input_0.pb`, `input_1.pb`, ..., `test_data_set_1/...`, each file a
/// TensorProto of type FLOAT or INT64 named after the graph input. One set is one forward; its
/// first dimension counts as samples. Files are read when they are wanted, so that memory is that
/// of one set.
///
/// Throws Error, at once, when the directory has no such set; while iterating, for a file that is
/// not a TensorProto, has another type, no name, or a size that is not that of its shape.
Batches read_test_data(const std::filesystem::path& directory);

}  // namespace quantbench::calibrate
