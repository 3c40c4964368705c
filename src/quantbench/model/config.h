#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/model/activation.h"

namespace quantbench::model {

/// Reads config.json for architectures. Defaults equal the defaults of transformers' configuration
/// classes, because a checkpoint omits default values. Every Error names the file, the key and the
/// value.
class Config {
 public:
  explicit Config(const checkpoint::Checkpoint& checkpoint)
      : json_(checkpoint.config()), where_(checkpoint.config_path()) {}

  /// A count or size: 1 to 2^31 - 1.
  std::int64_t size(std::string_view key, std::int64_t fallback) const;
  /// A number of layers: 1 to 4096. The limit is needed because ALBERT's layers share weights, so a
  /// small file could describe a graph of any size.
  std::int64_t layers(std::string_view key, std::int64_t fallback) const;
  /// Maximum number of tokens of the model: 1 to 2^24. Buffers of this length are allocated.
  std::int64_t maximum_length(std::string_view key, std::int64_t fallback) const;
  /// A token id: at least 0.
  std::int64_t id(std::string_view key, std::int64_t fallback) const;
  double number(std::string_view key, double fallback) const;
  bool flag(std::string_view key, bool fallback) const;
  Activation activation(std::string_view key, std::string_view fallback) const;

  /// A size given once or as [height, width].
  struct Area {
    std::int64_t height = 0;
    std::int64_t width = 0;
  };
  Area area(std::string_view key, std::int64_t fallback) const;
  /// Whether "architectures" contains this transformers class.
  bool has_architecture(std::string_view name) const;

  /// Size of one attention head. Throws Error if `heads_key` does not divide `hidden_key`.
  std::int64_t head_size(std::string_view hidden_key, std::int64_t hidden,
                         std::string_view heads_key, std::int64_t heads) const;

  /// Throws Error if the key is present with another value. Unsupported features are refused, not
  /// ignored.
  void expect(std::string_view key, const Json& value) const;
  /// Calls `expect` for every feature that no architecture supports: decoders, cross-attention,
  /// pruned heads, relative positions, quantized weights.
  void expect_plain_encoder() const;

  const std::string& where() const { return where_; }

 private:
  std::int64_t size_up_to(std::string_view key, std::int64_t fallback, std::int64_t limit) const;

  const Json& json_;
  std::string where_;
};

}  // namespace quantbench::model
