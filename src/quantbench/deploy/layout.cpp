#include "quantbench/deploy/layout.h"

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::deploy {

std::vector<std::string> layout_names() { return {"optimum", "transformers.js"}; }

Layout layout_of(const std::string& name) {
  const std::vector<std::string> names = layout_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw Error("unknown layout '" + name + "'", "--layout", suggest(name, names));
  }
  return static_cast<Layout>(found - names.begin());
}

Places places_in(Layout layout, bool is_quantized, const execute::ArtefactDescription& artefact) {
  const bool has_external_data = artefact.files.size() > 1;
  const std::string js_name = is_quantized ? "onnx/model_quantized.onnx" : "onnx/model.onnx";
  Places places;
  if (!has_external_data) places.dtype = is_quantized ? "q8" : "fp32";
  if (layout == Layout::kTransformersJs) {
    if (has_external_data) {
      throw Error("transformers.js does not find the external data of this model",
                  "--layout transformers.js", "leave --layout out");
    }
    places.model = js_name;
    places.directory = "onnx/";
    places.js_finds_it = true;
    return places;
  }
  places.model = "model.onnx";
  places.js_finds_it = is_quantized && !has_external_data;
  if (places.js_finds_it) places.link = js_name;
  return places;
}

}  // namespace quantbench::deploy
