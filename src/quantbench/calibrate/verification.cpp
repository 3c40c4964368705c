#include "quantbench/calibrate/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/runtime/compare.h"
#include "quantbench/runtime/generated_inputs.h"

namespace quantbench::calibrate {

namespace {

using Inputs = std::vector<std::vector<runtime::NamedTensor>>;

constexpr const char* kHint =
    "leave operators in float with --node-exclusion, or write it all the same with --no-verify";
constexpr const char* kHintInSpec =
    "leave operators in float with node_exclusion, or take it all the same with verify_quantized: "
    "false";

/// Enough to tell a broken model from a good one.
Inputs first_inputs(const Batches& samples) {
  constexpr std::size_t kMostForwards = 4;
  struct Enough {};
  Inputs inputs;
  try {
    samples([&](const Batch& batch) {
      inputs.push_back(batch.inputs);
      if (inputs.size() == kMostForwards) throw Enough{};
    });
  } catch (const Enough&) {
  }
  return inputs;
}

/// How to leave the worst of the quantized operators in float; empty if they are not known.
std::string exclusion_of(WorstOperators worst, const quantize::Report& report, bool in_spec) {
  constexpr std::size_t kNamed = 3;
  std::erase_if(worst.names, [&](const std::string& name) {
    return std::ranges::find(report.left_nodes, name, &quantize::Report::Left::node) !=
           report.left_nodes.end();
  });
  if (worst.names.empty()) return {};
  worst.names.resize(std::min(kNamed, worst.names.size()));
  const std::string& pass = worst.naming_pass;
  if (in_spec) {
    return (pass.empty() ? "" : "prepare: [" + pass + "], ") +
           "node_exclusion: " + Json(worst.names).dump();
  }
  return (pass.empty() ? "" : "--prepare " + pass + " ") + "--node-exclusion '" +
         quantbench::join(worst.names, ",") + "'";
}

void warn_of_noise(quantize::Report& report, const runtime::Comparison& comparison,
                   const VerificationInputs& inputs, const std::string& with) {
  std::vector<std::string> bad;
  for (const auto& [name, decibels] : comparison.output_sqnr_db) {
    if (decibels < kLeastOutputSqnr) bad.push_back(fmt::format("'{}' {:.1f} dB", name, decibels));
  }
  if (bad.empty()) return;
  std::string remedy = "`quantbench sensitivity` finds the operators to leave in float";
  if (inputs.worst_operators) {
    const std::string exclusion = exclusion_of(inputs.worst_operators(), report, inputs.in_spec);
    if (!exclusion.empty()) remedy = "leave in float what loses most: " + exclusion;
  }
  report.warnings.push_back(
      fmt::format("quantization noise spoils the output: signal to noise with {} of {} (below {:g} "
                  "dB); {}",
                  with, quantbench::join(bad, ", "), kLeastOutputSqnr, remedy));
}

}  // namespace

void verify(quantize::Report& report, const graph::Model& float_model,
            const graph::Model& quantized, const VerificationInputs& inputs) {
  Inputs forwards;
  std::string with = "samples";
  if (inputs.samples) {
    forwards = first_inputs(inputs.samples);
  } else if (auto made = runtime::generate_inputs(float_model)) {
    with = "generated inputs";
    forwards.push_back(*std::move(made));
  } else {
    with = "no inputs";
  }
  const runtime::Comparison comparison = runtime::compare(float_model, quantized, forwards);
  // A model that the runtime cannot load in float either is not worse for its quantization.
  if (!comparison.after_failed.empty() && comparison.before_loaded) {
    throw Error(fmt::format("ONNX Runtime cannot {} the quantized model: {}",
                            comparison.after_loaded ? "run" : "load", comparison.after_failed),
                {}, inputs.in_spec ? kHintInSpec : kHint);
  }
  if (!comparison.before_failed.empty() && inputs.warns) {
    report.warnings.push_back(fmt::format(
        "the quantized model was not run: ONNX Runtime cannot {} the float model: {}",
        comparison.before_loaded ? "run (with " + with + ")" : "load", comparison.before_failed));
  }
  report.verification = {{"inputs", with}, {"forwards", comparison.forwards}};
  Json outputs = Json::object();
  for (const auto& [name, decibels] : comparison.output_sqnr_db) {
    outputs[name] = finite_or_null(decibels);
  }
  report.verification["output_sqnr_db"] = std::move(outputs);
  if (inputs.warns) warn_of_noise(report, comparison, inputs, with);
}

}  // namespace quantbench::calibrate
