#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace quantbench::hub {

/// Tensor -> name of the file beside the index that holds it, as the "weight_map" of Hugging Face's
/// model.safetensors.index.json and pytorch_model.bin.index.json has it. Throws Error with the
/// index and the tensor: not JSON, no such map, nothing in it, what is not the plain name of a file
/// (an index comes with a downloaded model and has no business outside the model's directory).
std::map<std::string, std::string, std::less<>> read_weight_index(
    const std::filesystem::path& path);

}  // namespace quantbench::hub
