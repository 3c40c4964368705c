#include "quantbench/deploy/loading.h"

#include <fmt/format.h>

#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/text.h"
#include "quantbench/runtime/session.h"

namespace quantbench::deploy {

namespace {

std::string block(const std::string& title, const std::string& language,
                  const std::vector<std::string>& lines) {
  return "### " + title + "\n\n```" + language + "\n" + join(lines, "\n") + "\n```\n\n";
}

/// Lines that make `options`; empty: the defaults are right.
std::vector<std::string> session_options(const Loading& loading) {
  if (!loading.threads) return {};
  return {"options = onnxruntime.SessionOptions()",
          fmt::format("options.intra_op_num_threads = {}", *loading.threads)};
}

std::string onnx_runtime(const Loading& loading) {
  std::vector<std::string> lines = {"import onnxruntime"};
  for (const std::string& line : session_options(loading)) lines.push_back(line);
  lines.push_back(fmt::format(
      "session = onnxruntime.InferenceSession(\"{}\"{}, providers=[\"CPUExecutionProvider\"])",
      loading.places.model, loading.threads ? ", options" : ""));
  if (loading.has_tokenizer) {
    lines.insert(
        lines.end(),
        {"", "from transformers import AutoTokenizer",
         "tokens = AutoTokenizer.from_pretrained(\".\")(\"a text\", return_tensors=\"np\")",
         "outputs = session.run(None, {one.name: tokens[one.name] for one in "
         "session.get_inputs()})"});
  } else if (loading.has_image_processor) {
    lines.insert(lines.end(),
                 {"", "from PIL import Image", "from transformers import AutoImageProcessor",
                  "pixels = AutoImageProcessor.from_pretrained(\".\")(Image.open(\"image.png\"), "
                  "return_tensors=\"np\")",
                  "outputs = session.run(None, dict(pixels))"});
  }
  return block("ONNX Runtime, Python", "python", lines);
}

/// The argument that Optimum needs to find a file of another name; empty: it has the usual one.
std::string file_name_argument(const Loading& loading) {
  const std::string file = loading.places.model.substr(loading.places.model.rfind('/') + 1);
  return file == "model.onnx" ? std::string() : ", file_name=\"" + file + "\"";
}

std::string optimum(const Loading& loading) {
  if (loading.head.empty()) return {};
  const std::string name = "ORTModelFor" + loading.head;
  std::vector<std::string> lines = {"from optimum.onnxruntime import " + name};
  if (loading.threads) lines.emplace_back("import onnxruntime");
  for (const std::string& line : session_options(loading)) lines.push_back(line);
  lines.push_back(fmt::format("model = {}.from_pretrained(\".\"{}{})", name,
                              file_name_argument(loading),
                              loading.threads ? ", session_options=options" : ""));
  if (loading.has_tokenizer) {
    lines.insert(lines.end(), {"", "from transformers import AutoTokenizer, pipeline",
                               fmt::format("pipe = pipeline(\"{}\", model=model, tokenizer="
                                           "AutoTokenizer.from_pretrained(\".\"))",
                                           loading.task)});
  } else if (loading.has_image_processor) {
    lines.insert(lines.end(), {"", "from transformers import AutoImageProcessor, pipeline",
                               fmt::format("pipe = pipeline(\"{}\", model=model, image_processor="
                                           "AutoImageProcessor.from_pretrained(\".\"))",
                                           loading.task)});
  }
  return block("Optimum", "python", lines);
}

std::string transformers_js(const Loading& loading) {
  if (loading.places.dtype.empty()) {
    return "transformers.js cannot load this model: its weights are in files of their own, under "
           "names that it does not look for.\n\n";
  }
  // Not a valid name of the Hub, and therefore a path.
  const std::string directory = "'./'";
  const std::string place = loading.places.js_finds_it ? "" : ", { subfolder: '' }";
  return block("transformers.js", "js",
               {"import { env, pipeline } from '@huggingface/transformers';",
                "env.allowRemoteModels = false;",
                "const pipe = await pipeline('" + loading.task + "', " + directory + place + ");"});
}

/// `model`: the path as a literal of Python. nullopt: ONNX Runtime's package loads it.
std::optional<runtime::PythonLoading> own_package(const Loading& loading,
                                                  const std::string& framework,
                                                  const std::string& model) {
  const runtime::Runtime* runtime = runtime::runtimes().find(framework);
  if (runtime == nullptr) return std::nullopt;
  runtime::SessionOptions options;
  options.intra_op_num_threads = loading.threads;
  if (framework == loading.framework) options.arguments = loading.arguments;
  return runtime->python_loading(model, options);
}

std::string other_runtimes(const Loading& loading) {
  std::string out;
  for (const std::string& name : runtime::runtimes().names()) {
    const auto package = own_package(loading, name, "\"" + loading.places.model + "\"");
    if (package) out += block(package->title, "python", {package->import, package->load});
  }
  return out;
}

}  // namespace

std::string loading_section(const Loading& loading) {
  return "## How to load it\n\nThese lines run in this directory.\n\n" + onnx_runtime(loading) +
         optimum(loading) + transformers_js(loading) + other_runtimes(loading);
}

std::vector<std::string> loading_lines(const Loading& loading, const std::string& directory) {
  const std::string path = python_repr(Json(directory));
  const std::string model = python_repr(Json(directory + "/" + loading.places.model));
  if (const auto package = own_package(loading, loading.framework, model))
    return {package->import, package->load, package->run};
  if (!loading.head.empty() && (loading.has_tokenizer || loading.has_image_processor)) {
    const std::string name = "ORTModelFor" + loading.head;
    return {"from optimum.onnxruntime import " + name, "from transformers import pipeline",
            fmt::format("pipe = pipeline(\"{}\", model={}.from_pretrained({}{}), {}={})",
                        loading.task, name, path, file_name_argument(loading),
                        loading.has_tokenizer ? "tokenizer" : "image_processor", path)};
  }
  return {"import onnxruntime",
          fmt::format("session = onnxruntime.InferenceSession({}, "
                      "providers=[\"CPUExecutionProvider\"])",
                      model),
          "outputs = session.run(None, inputs)"};
}

}  // namespace quantbench::deploy
