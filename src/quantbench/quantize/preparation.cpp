#include "quantbench/quantize/preparation.h"

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/base/fields.h"
#include "quantbench/base/text.h"
#include "quantbench/graph/hidden_weights.h"
#include "quantbench/graph/normal_form.h"
#include "quantbench/graph/pass.h"
#include "quantbench/quantize/common_parameters.h"
#include "quantbench/quantize/modern_opset.h"
#include "quantbench/runtime/session.h"

namespace quantbench::quantize {

namespace {

struct Preparation {
  bool fuse_first = false;
  std::vector<std::string> prepare;
};

constexpr const char* kAllPasses = "all";

Fields<Preparation> preparation_fields() {
  std::vector<std::string> passes = graph::preparation_passes();
  passes.insert(passes.begin(), kAllPasses);
  return Fields<Preparation>()
      .add(&Preparation::fuse_first,
           quantizer_option(
               {.name = "fuse_first",
                .help = "Quantize the model that the runtime's own fusions make (ONNX Runtime: "
                        "extended level)"}))
      .add(&Preparation::prepare,
           quantizer_option({.name = "prepare",
                             .known = passes,
                             .help = "Graph passes before quantization: all, or some of " +
                                     join(graph::preparation_passes(), ", ")}));
}

}  // namespace

Parameters preparation_parameters() { return preparation_fields().parameters(); }

Json preparation_of(const Json& options) {
  return preparation_fields().write(preparation_fields().read(options));
}

graph::Model prepare(graph::Model model, const Json& options) {
  const Preparation wanted = preparation_fields().read(options);
  graph::normalize(model);
  // Of the approaches, some take operator set 10. The others refuse it themselves.
  constexpr std::int64_t kUsableAsItIs = 10;
  require_opset(model, kUsableAsItIs);
  graph::fold_hidden_weights(model);
  if (wanted.fuse_first) {
    model = with_context("fuse_first", [&] { return runtime::fusing_runtime().fuse(model); });
  }
  const bool all =
      std::find(wanted.prepare.begin(), wanted.prepare.end(), kAllPasses) != wanted.prepare.end();
  with_context("prepare", [&] {
    graph::apply_passes(model, all ? graph::preparation_passes() : wanted.prepare);
  });
  return model;
}

}  // namespace quantbench::quantize
