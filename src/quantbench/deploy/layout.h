#pragma once

#include <string>
#include <vector>

#include "quantbench/execute/artefacts.h"

namespace quantbench::deploy {

/// Where the ONNX file lies. Programs look for it in different places:
///
/// | program | place |
/// |---|---|
/// | ONNX Runtime, OpenVINO | the path that they are given |
/// | Optimum 1 | the only `*.onnx` at the top |
/// | Optimum 2 (optimum-onnx) | the file named model.onnx, else any `*.onnx`, below the top too |
/// | transformers.js | onnx/model.onnx for dtype fp32, onnx/model_quantized.onnx for dtype q8 |
enum class Layout {
  /// model.onnx. transformers.js finds a quantized model by a relative link,
  /// onnx/model_quantized.onnx -> ../model.onnx. A float model gets no link: Optimum would find two
  /// files named model.onnx.
  kOptimum,
  /// onnx/model_quantized.onnx or onnx/model.onnx, for places that keep no links.
  kTransformersJs,
};

/// Words of the command line, in the order of the enumeration.
std::vector<std::string> layout_names();
/// Throws Error for another word.
Layout layout_of(const std::string& name);

/// Where the files of one model go.
struct Places {
  std::string model;  ///< "model.onnx"
  std::string link;   ///< a link to the model; empty: none
  /// The directory of the model, to which external data is relative: "" or "onnx/".
  std::string directory;
  /// transformers.js_config.dtype: "q8" or "fp32". Empty: transformers.js cannot load the model,
  /// because its external data does not have the name that transformers.js asks for.
  std::string dtype;
  /// Whether transformers.js finds the model without being told a place.
  bool js_finds_it = false;
};

/// `is_quantized`: the model has int8 operators. Throws Error if the layout cannot hold a model
/// with external data.
Places places_in(Layout layout, bool is_quantized, const execute::ArtefactDescription& artefact);

}  // namespace quantbench::deploy
