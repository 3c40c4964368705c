#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace quantbench::graph {

/// Names of the files with external data, relative to the model's directory, sorted; they need not
/// exist yet. Throws Error: not ONNX, or a name outside the model's directory.
std::vector<std::string> external_files(const std::filesystem::path& model);

/// The location of a tensor's external data as a path relative to the model's directory. Throws
/// Error (refuse_external_data) if it names a place outside it.
std::filesystem::path external_path(const std::string& location);

/// Throws Error: the location is not below the model's directory.
[[noreturn]] void refuse_external_data(const std::string& location);

}  // namespace quantbench::graph
