#include "quantbench/dataset/from_hub.h"

#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/dataset/file_tree.h"
#include "quantbench/dataset/layout.h"

namespace quantbench::dataset {

namespace {

/// The Hub's branch with Parquet conversions of other data sets.
constexpr const char* kConverted = "refs/convert/parquet";

FileTree tree_of(const hub::Snapshot& snapshot) {
  const std::string place = snapshot.from_cache ? snapshot.directory.string() : snapshot.id;
  return {place, snapshot.files};
}

hub::Snapshot open_with_data(hub::Hub& hub, const hub::Repository& repository) {
  hub::Snapshot snapshot = hub.open(repository);
  if (has_data_files(tree_of(snapshot)) || repository.revision != "main") return snapshot;
  try {
    return hub.open({repository.type, repository.name, kConverted});
  } catch (const hub::NotFound&) {
    throw Error(repository.description() + " has no data files that can be read", {},
                std::string("and the Hub has no Parquet files of it (") + kConverted + ")");
  }
}

/// The text of README.md; empty where there is none.
std::string card_of(hub::Hub& hub, const hub::Snapshot& snapshot, const FileTree& tree) {
  if (!tree.contains("README.md")) return {};
  hub.fetch(snapshot, std::vector<std::string>{"README.md"});
  return read_text(snapshot.directory / "README.md");
}

}  // namespace

KnownSplits list_splits_of_hub(hub::Hub& hub, const std::string& name, const std::string& revision,
                               const std::optional<std::string>& configuration) {
  const auto snapshot = open_with_data(hub, {hub::RepositoryType::kDataset, name, revision});
  const FileTree tree = tree_of(snapshot);
  return list_splits(tree, card_of(hub, snapshot, tree), configuration);
}

HubDataset fetch_from_hub(hub::Hub& hub, const std::string& name, const std::string& revision,
                          const std::optional<std::string>& configuration,
                          const std::vector<std::string>& splits) {
  HubDataset out;
  out.snapshot = open_with_data(hub, {hub::RepositoryType::kDataset, name, revision});
  out.source = {out.snapshot.directory.string(), configuration};
  const FileTree tree = tree_of(out.snapshot);
  const std::string card = card_of(hub, out.snapshot, tree);
  for (const std::string& split : splits) {
    const Layout layout = find_split(tree, card, configuration, split);
    hub.fetch(out.snapshot, layout.descriptions);
    hub.fetch(out.snapshot, layout.files);
    hub.fetch(out.snapshot, layout.images);
    // A configuration found among all files of the repository is also valid for the fetched ones.
    if (!out.source.name) out.source.name = layout.configuration;
  }
  return out;
}

}  // namespace quantbench::dataset
