#include <algorithm>
#include <array>
#include <set>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/hub/hub.h"
#include "quantbench/hub/weight_index.h"

namespace quantbench::hub {

namespace {

/// Optional files of tokenizers and image processors.
constexpr std::array kPreprocessing = {"tokenizer.json",
                                       "tokenizer_config.json",
                                       "special_tokens_map.json",
                                       "added_tokens.json",
                                       "vocab.txt",
                                       "vocab.json",
                                       "merges.txt",
                                       "spiece.model",
                                       "sentencepiece.bpe.model",
                                       "preprocessor_config.json"};

/// In the search order of checkpoints.
constexpr std::array kWeights = {"model.safetensors", "model.safetensors.index.json",
                                 "pytorch_model.bin", "pytorch_model.bin.index.json"};

std::vector<std::string> shards_of(const std::filesystem::path& index) {
  std::set<std::string> files;
  for (const auto& [tensor, file] : read_weight_index(index)) files.insert(file);
  return {files.begin(), files.end()};
}

}  // namespace

Snapshot fetch_model(Hub& hub, const std::string& name, const std::string& revision) {
  Snapshot snapshot = hub.open({RepositoryType::kModel, name, revision});
  const std::string what = snapshot.repository.description();
  const std::string where = snapshot.from_cache ? " in the cache" : "";
  if (!snapshot.has("config.json")) throw Error(what + " has no config.json" + where);
  const auto weights = std::find_if(kWeights.begin(), kWeights.end(),
                                    [&](const char* file) { return snapshot.has(file); });
  if (weights == kWeights.end()) {
    throw Error(what + " has no weights that can be read" + where, {},
                "expected one of " +
                    join(std::vector<std::string>(kWeights.begin(), kWeights.end()), ", "));
  }
  std::vector<std::string> files = {"config.json"};
  for (const char* file : kPreprocessing) {
    if (snapshot.has(file)) files.emplace_back(file);
  }
  files.emplace_back(*weights);
  hub.fetch(snapshot, files);
  if (std::string_view(*weights).ends_with(".index.json")) {
    hub.fetch(snapshot, shards_of(snapshot.directory / *weights));
  }
  return snapshot;
}

}  // namespace quantbench::hub
