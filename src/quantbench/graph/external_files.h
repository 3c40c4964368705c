#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace quantbench::graph {

/// Names of the files with external data, relative to the model's directory, sorted; they need not
/// exist yet. Throws Error: not ONNX, or a name outside the model's directory.
std::vector<std::string> external_files(const std::filesystem::path& model);

}  // namespace quantbench::graph
