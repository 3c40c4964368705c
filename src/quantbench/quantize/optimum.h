#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantbench/quantize/preset.h"

namespace quantbench::quantize {

/// A configuration of Optimum, optimum.onnxruntime.configuration.AutoQuantizationConfig: the
/// defaults of the method of that name, for is_static True and False (optimum-onnx 0.1).
///
/// Static: QDQ, asymmetric u8 activations, symmetric weights by channel, and the operators of ONNX
/// Runtime's QDQ registry. Dynamic: symmetric s8 weights by channel, and MatMuls of two activations
/// too, because Optimum does not set MatMulConstBOnly.
class OptimumPreset : public Preset {
 public:
  /// `weights`: of static quantization, "int8" or "uint8". Dynamic quantization only has s8.
  /// It is made for machines that have all of `wanted` and none of `better`: instruction sets.
  OptimumPreset(std::string machine, std::string weights, std::vector<std::string> wanted,
                std::vector<std::string> better = {});

  std::string summary() const override;
  std::optional<Json> options(ActivationRanges ranges) const override;
  bool suits(const std::vector<std::string>& instruction_sets) const override;

 private:
  std::string machine_;
  std::string weights_;
  std::vector<std::string> wanted_;
  std::vector<std::string> better_;
};

}  // namespace quantbench::quantize
