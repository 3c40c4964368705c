#include "quantbench/quantize/dynamic.h"

#include <memory>

#include "quantbench/base/fields.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/common_parameters.h"
#include "quantbench/quantize/exclusion.h"
#include "quantbench/quantize/preparation.h"
#include "quantbench/quantize/preset.h"

namespace quantbench::quantize {

namespace {

/// Weights s8 before the run, activations u8 while it runs: no samples.
class DynamicApproach final : public Approach {
 public:
  std::string summary() const override {
    return "weights quantized beforehand, activations while the model runs";
  }

  bool is_default() const override { return true; }
  bool quantizes_at_run_time() const override { return true; }

  Parameters parameters() const override {
    Parameters all = {preset_parameter(ActivationRanges::kAtRunTime)};
    const Parameters own = fields().parameters();
    all.insert(all.end(), own.begin(), own.end());
    const Parameters before = preparation_parameters();
    all.insert(all.end(), before.begin(), before.end());
    all.push_back(verification_parameter());
    return all;
  }

  std::vector<Json> candidates() const override {
    std::vector<Json> all;
    // Products alone keep embeddings exact; with Gather the file is smallest. The third is for
    // models that are not transformers.
    for (const Json& kinds : {Json{"MatMul"}, Json{"MatMul", "Gather"},
                              Json{"MatMul", "Gather", "Gemm", "Conv", "LSTM", "Attention"}}) {
      for (const bool per_channel : {false, true}) {
        all.push_back({{"operators_to_quantize", kinds}, {"per_channel", per_channel}});
      }
    }
    return all;
  }

  std::vector<Remedy> remedies() const override {
    std::vector<Remedy> all = remedies_of_weights();
    Remedy& products = all.emplace_back();
    products.against = "products of two activations are quantized, too";
    products.options = {{"matmul_const_b_only", true}};
    products.place = kPlaceOfMore;
    return all;
  }

  Report quantize(graph::Model& model, const Json& options, const Ranges&) const override {
    DynamicOptions typed = fields().read(options);
    const Exclusions exclusions =
        resolve_exclusions(model, options.value("node_exclusion", std::vector<std::string>{}));
    typed.nodes_to_exclude = exclusions.names();
    Report report = quantize_dynamic(model, typed);
    explain_exclusions(report, exclusions);
    return report;
  }

 private:
  static Fields<DynamicOptions> fields() {
    Parameter exclusion = node_exclusion_parameter();
    exclusion.type = Parameter::Type::kStrings;
    exclusion.fallback = Json::array();
    Parameter weights = weights_dtype_parameter();
    weights.allowed = {"int8"};
    Parameter const_b_only = matmul_const_b_only_parameter();
    // optimum's runs of 2022 set no such option and quantized attention scores too.
    const_b_only.reference_fallback = false;
    return Fields<DynamicOptions>()
        .add(&DynamicOptions::operators_to_quantize, operators_to_quantize_parameter())
        .declare(exclusion)
        .add(&DynamicOptions::per_channel, per_channel_parameter())
        .add(&DynamicOptions::reduce_range, reduce_range_parameter())
        .declare(weights)
        .add(&DynamicOptions::matmul_const_b_only, const_b_only);
  }
};

}  // namespace

void register_dynamic(ApproachRegistry& registry) {
  registry.add("dynamic", std::make_unique<DynamicApproach>());
}

}  // namespace quantbench::quantize
