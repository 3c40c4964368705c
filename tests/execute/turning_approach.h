#pragma once

#include <memory>
#include <string>
#include <vector>

#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/common_parameters.h"
#include "support/turned_output.h"

namespace quantbench::execute::test {

/// Turns the sign of the model's output: a classifier of two classes is wrong where it was right.
/// One of its remedies helps, the likelier one does not.
class TurningApproach final : public quantize::Approach {
 public:
  std::string summary() const override { return "a turned output"; }
  Parameters parameters() const override {
    return {quantize::quantizer_option({.name = "turn",
                                        .type = Parameter::Type::kBool,
                                        .fallback = true,
                                        .help = "Turn the output"}),
            quantize::quantizer_option({.name = "sign",
                                        .type = Parameter::Type::kBool,
                                        .fallback = false,
                                        .help = "Sign the model"})};
  }
  std::vector<quantize::Remedy> remedies() const override {
    return {{.against = "the output is turned", .options = {{"turn", false}}, .place = 2},
            {.against = "nobody signs", .options = {{"sign", true}}, .place = 1},
            {.against = "it is what it is", .options = {{"turn", true}}, .place = 0}};
  }
  quantize::Report quantize(graph::Model& model, const Json& options,
                            const quantize::Ranges&) const override {
    if (options.value("sign", false)) model.graph().set_doc_string("signed");
    quantize::Report report;
    report.quantized["Neg"] = 1;
    if (!options.value("turn", true)) return report;
    quantbench::test::turn_output(model);
    return report;
  }
};

inline void register_turning_approach() {
  quantize::approaches().add("turning", std::make_unique<TurningApproach>());
}

}  // namespace quantbench::execute::test
