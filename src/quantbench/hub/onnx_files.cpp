#include "quantbench/hub/onnx_files.h"

#include <algorithm>
#include <iterator>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::hub {

namespace {

/// A repository may have dozens of variants.
std::string listed(std::vector<std::string> names) {
  constexpr std::size_t kMost = 20;
  const std::size_t all = names.size();
  names.resize(std::min(all, kMost));
  const std::string more = all > kMost ? ", and " + std::to_string(all - kMost) + " more" : "";
  return join(names, ", ") + more;
}

}  // namespace

bool ModelChoice::takes_onnx(bool has_weights, bool has_onnx) const {
  if (from_transformers.value_or(false) && file_name) {
    throw Error("file_name is given, and from_transformers is true", {},
                "file_name picks an ONNX model: from_transformers: false");
  }
  if (from_transformers) return !*from_transformers;
  return file_name || (has_onnx && !has_weights);
}

std::vector<std::string> onnx_files(const std::vector<std::string>& files) {
  std::vector<std::string> found;
  std::ranges::copy_if(files, std::back_inserter(found),
                       [](const std::string& file) { return file.ends_with(".onnx"); });
  std::ranges::sort(found);
  return found;
}

std::string choose_onnx(const std::vector<std::string>& files, const ModelChoice& choice,
                        const std::string& what) {
  const std::vector<std::string> models = onnx_files(files);
  if (models.empty()) {
    throw Error("no ONNX model", what, "expected model.onnx or onnx/model.onnx");
  }
  if (!choice.file_name) {
    if (models.size() == 1) return models.front();
    for (const char* usual : {"model.onnx", "onnx/model.onnx"}) {
      if (std::ranges::find(models, usual) != models.end()) return usual;
    }
    throw Error("holds " + std::to_string(models.size()) + " ONNX models: " + listed(models), what,
                "file_name picks one");
  }
  const std::string& wanted = *choice.file_name;
  if (std::ranges::find(models, wanted) != models.end()) return wanted;
  std::vector<std::string> same_name;
  std::ranges::copy_if(models, std::back_inserter(same_name),
                       [&](const std::string& model) { return model.ends_with("/" + wanted); });
  if (same_name.size() == 1) return same_name.front();
  if (same_name.size() > 1) {
    throw Error("file_name '" + wanted + "' fits " + listed(same_name), what,
                "give the whole path");
  }
  throw Error("has no ONNX model '" + wanted + "' (file_name)", what, "it has " + listed(models));
}

}  // namespace quantbench::hub
