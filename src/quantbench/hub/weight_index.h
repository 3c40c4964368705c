#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace quantbench::hub {

/// Tensor -> name of its file beside the index, from "weight_map" of Hugging Face's
/// model.safetensors.index.json or pytorch_model.bin.index.json. Throws Error with the index and
/// the tensor: invalid JSON, missing or empty map, or a value that is not a plain file name. An
/// index is downloaded, so it must not name files outside the model's directory.
std::map<std::string, std::string, std::less<>> read_weight_index(
    const std::filesystem::path& path);

}  // namespace quantbench::hub
