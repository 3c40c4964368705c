#include "quantbench/quantize/modern_opset.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/log.h"
#include "quantbench/graph/version_conversion.h"
#include "quantbench/runtime/compare.h"
#include "quantbench/runtime/generated_inputs.h"

namespace quantbench::quantize {

namespace {

/// Why outputs of the converted model cannot be trusted; "" if they can.
std::string disagreement(const graph::Model& given, const graph::Model& converted) {
  constexpr double kLeastAgreement = 60;  // dB; float32 rounding leaves 100 and more
  std::vector<std::vector<runtime::NamedTensor>> inputs;
  if (auto made = runtime::generate_inputs(given)) inputs.push_back(*std::move(made));
  const runtime::Comparison compared = runtime::compare(given, converted, inputs);
  const bool given_runs = compared.before_failed.empty();
  if (!compared.after_failed.empty() && (compared.before_loaded || !compared.after_loaded)) {
    return "ONNX Runtime cannot run what the converter makes: " + compared.after_failed;
  }
  if (!given_runs) return {};
  for (const auto& [output, decibels] : compared.output_sqnr_db) {
    if (decibels < kLeastAgreement) {
      return fmt::format("output '{}' changes by {:.0f} dB", output, decibels);
    }
  }
  return {};
}

}  // namespace

namespace {

/// Why that is not possible; "" if it is done.
std::string convert(graph::Model& model) {
  constexpr std::int64_t kUsual = 13;
  std::string failure;
  for (const std::int64_t target : {kUsual, kOldestOpset}) {
    graph::Model converted = model.clone();
    failure = graph::convert_opset(converted, target);
    if (failure.empty()) failure = disagreement(model, converted);
    if (!failure.empty()) continue;
    spdlog::warn("the model was converted from operator set {} to {}", model.opset(), target);
    model = std::move(converted);
    return {};
  }
  return failure;
}

}  // namespace

void require_opset(graph::Model& model, std::int64_t oldest) {
  if (model.opset() >= kOldestOpset) return;
  const std::string failure = convert(model);
  if (failure.empty()) return;
  if (model.opset() >= oldest) {
    spdlog::debug("operator set {} stays: {}", model.opset(), failure);
    return;
  }
  throw Error(
      fmt::format("operator set {} is too old to quantize, and it could not be converted: {}",
                  model.opset(), failure),
      {}, "export the model with opset 11 or later");
}

}  // namespace quantbench::quantize
