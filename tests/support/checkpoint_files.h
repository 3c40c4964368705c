#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/file.h"
#include "quantbench/base/json.h"

namespace quantbench::test {

/// Writes valid safetensors files for tests. Edit `header` before calling `bytes` to make invalid
/// ones.
class SafetensorsWriter {
 public:
  template <typename T>
  void add(const std::string& name, const std::string& dtype,
           const std::vector<std::int64_t>& shape, const std::vector<T>& values) {
    const std::size_t begin = data.size();
    data.resize(begin + values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(data.data() + begin, values.data(), values.size() * sizeof(T));
    header[name] = {{"dtype", dtype}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
  }

  /// float32 values drawn from N(mean, 0.02): the tensor of an untrained model.
  void add_random(const std::string& name, const std::vector<std::int64_t>& shape,
                  float mean = 0.0F) {
    std::int64_t count = 1;
    for (const std::int64_t dimension : shape) count *= dimension;
    std::normal_distribution<float> normal(mean, 0.02F);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = normal(random_);
    add(name, "F32", shape, values);
  }

  std::string bytes() const { return assemble(header.dump(), data); }

  static std::string assemble(const std::string& header, const std::string& data) {
    const std::uint64_t size = header.size();
    return std::string(reinterpret_cast<const char*>(&size), sizeof size) + header + data;
  }

  void write(const std::filesystem::path& path) const { write_text(path, bytes()); }

  Json header = Json::object();
  std::string data;

 private:
  std::mt19937 random_{20221124};
};

}  // namespace quantbench::test
