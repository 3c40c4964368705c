#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/model/activation.h"

namespace quantbench::model {

/// config.json as architectures read it: defaults are those of the transformers configuration class
/// (it leaves out what equals them); every Error names the file, the key and the value.
class Config {
 public:
  explicit Config(const checkpoint::Checkpoint& checkpoint)
      : json_(checkpoint.config()), where_(checkpoint.config_path()) {}

  /// A count or size: 1 to 2^31 - 1.
  std::int64_t size(std::string_view key, std::int64_t fallback) const;
  /// A number of layers: 1 to 4096. Bounded because layers that share their weights (ALBERT) would
  /// make a graph of any size from a small file.
  std::int64_t layers(std::string_view key, std::int64_t fallback) const;
  /// The most tokens that the model takes: 1 to 2^24, since buffers of that length are made.
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
  /// Whether "architectures" names this transformers class.
  bool has_architecture(std::string_view name) const;

  /// Size of one attention head; throws Error when `heads_key` does not divide `hidden_key`.
  std::int64_t head_size(std::string_view hidden_key, std::int64_t hidden,
                         std::string_view heads_key, std::int64_t heads) const;

  /// Throws Error when the key is present with another value: what the export does not do is
  /// refused, not silently left out.
  void expect(std::string_view key, const Json& value) const;
  /// `expect` of what no architecture here supports: decoders, cross-attention, pruned heads,
  /// relative positions, weights quantized already.
  void expect_plain_encoder() const;

  const std::string& where() const { return where_; }

 private:
  std::int64_t size_up_to(std::string_view key, std::int64_t fallback, std::int64_t limit) const;

  const Json& json_;
  std::string where_;
};

}  // namespace quantbench::model
