#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "quantbench/hub/client.h"
#include "quantbench/hub/content_check.h"
#include "quantbench/hub/onnx_files.h"
#include "quantbench/hub/options.h"
#include "quantbench/hub/repository.h"

namespace quantbench::hub {

/// A repository at one commit, whose files appear below `directory` as they are fetched.
struct Snapshot {
  Repository repository;
  /// Its name on the Hub today; the name asked for when only the cache was asked.
  std::string id;
  std::string commit;
  std::filesystem::path directory;
  /// All files of the commit; when only the cache was asked, those in it.
  std::vector<std::string> files;
  bool from_cache = false;

  bool has(std::string_view file) const;
};

/// The Hugging Face Hub and the cache of its files, shared with every other tool that uses it.
class Hub {
 public:
  explicit Hub(Options options);
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  /// Finds out what commit a revision is and what files it has. Offline, or when the Hub cannot be
  /// reached (with a warning), what the cache holds is taken. Throws Error: no such repository or
  /// revision, access denied, not in the cache.
  Snapshot open(const Repository& repository);

  /// Downloads what of the files is not in the cache yet, several at a time
  /// (Settings::parallel_downloads), and what was changed there after its download. The first
  /// failure ends them all; what has arrived stays for the next try. Throws Error.
  void fetch(const Snapshot& snapshot, std::span<const std::string> files);

  const Options& options() const { return options_; }

 private:
  /// Makes room for a file that is to be downloaded again, with a warning. Throws Error where it
  /// cannot be.
  void set_aside(const ChangedBlob& changed, const std::string& file,
                 const Snapshot& snapshot) const;
  Snapshot open_cached(const Repository& repository, const std::string& commit) const;

  Options options_;
  Client client_;
};

/// True when the text names nothing local and may be a name of the Hub: what exists below the
/// working directory wins.
bool is_hub_name(const std::string& name_or_path);

/// Fetches what a model of the Hub is benchmarked from: config.json, the files of its tokenizer or
/// image processor, and its weights (model.safetensors, else the shards of
/// model.safetensors.index.json, else pytorch_model.bin or its shards: what checkpoint::Checkpoint
/// opens, in the order in which it looks), or one ONNX model and its external data
/// (ModelChoice::takes_onnx). Throws Error.
Snapshot fetch_model(Hub& hub, const std::string& name, const std::string& revision = "main",
                     const ModelChoice& choice = {}, const ExternalDataOf& external_data = {});

}  // namespace quantbench::hub
