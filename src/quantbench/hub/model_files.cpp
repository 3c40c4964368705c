#include <algorithm>
#include <array>
#include <set>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/hub/hub.h"
#include "quantbench/hub/preprocessing_files.h"
#include "quantbench/hub/weight_index.h"

namespace quantbench::hub {

namespace {

/// In the search order of checkpoints.
constexpr std::array kWeights = {"model.safetensors", "model.safetensors.index.json",
                                 "pytorch_model.bin", "pytorch_model.bin.index.json"};

std::vector<std::string> shards_of(const std::filesystem::path& index) {
  std::set<std::string> files;
  for (const auto& [tensor, file] : read_weight_index(index)) files.insert(file);
  return {files.begin(), files.end()};
}

}  // namespace

namespace {

void fetch_weights(Hub& hub, const Snapshot& snapshot, std::vector<std::string> files,
                   const std::string& weights) {
  files.push_back(weights);
  hub.fetch(snapshot, files);
  if (weights.ends_with(".index.json"))
    hub.fetch(snapshot, shards_of(snapshot.directory / weights));
}

/// Which files hold its external data, only the model says.
void fetch_onnx(Hub& hub, const Snapshot& snapshot, std::vector<std::string> files,
                const std::string& model, const ExternalDataOf& external_data) {
  files.push_back(model);
  hub.fetch(snapshot, files);
  if (!external_data) return;
  std::vector<std::string> beside;
  const std::filesystem::path directory = std::filesystem::path(model).parent_path();
  for (const std::string& name : external_data(snapshot.directory / model)) {
    std::string file = (directory / name).lexically_normal().string();
    if (!snapshot.has(file)) {
      throw Error(snapshot.repository.description() + " has no " + file +
                  (snapshot.from_cache ? " in the cache" : "") + ", the external data of " + model);
    }
    beside.push_back(std::move(file));
  }
  if (!beside.empty()) hub.fetch(snapshot, beside);
}

}  // namespace

Snapshot fetch_model(Hub& hub, const std::string& name, const std::string& revision,
                     const ModelChoice& choice, const ExternalDataOf& external_data) {
  Snapshot snapshot = hub.open({RepositoryType::kModel, name, revision});
  const std::string what = snapshot.repository.description();
  const std::string where = snapshot.from_cache ? " in the cache" : "";
  if (!snapshot.has("config.json")) throw Error(what + " has no config.json" + where);
  const auto weights = std::find_if(kWeights.begin(), kWeights.end(),
                                    [&](const char* file) { return snapshot.has(file); });
  const bool has_onnx = !onnx_files(snapshot.files).empty();
  const bool takes_onnx = choice.takes_onnx(weights != kWeights.end(), has_onnx);
  if (!takes_onnx && weights == kWeights.end()) {
    throw Error(what + " has no weights that can be read" + where, {},
                "expected one of " +
                    join(std::vector<std::string>(kWeights.begin(), kWeights.end()), ", ") +
                    (has_onnx ? "; from_transformers: false takes its ONNX model" : ""));
  }
  std::vector<std::string> files = {"config.json"};
  for (const char* file : kPreprocessingFiles) {
    if (snapshot.has(file)) files.emplace_back(file);
  }
  if (takes_onnx) {
    fetch_onnx(hub, snapshot, std::move(files), choose_onnx(snapshot.files, choice, what + where),
               external_data);
  } else {
    fetch_weights(hub, snapshot, std::move(files), *weights);
  }
  return snapshot;
}

}  // namespace quantbench::hub
