#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantbench/dataset/dataset.h"
#include "quantbench/hub/hub.h"

namespace quantbench::dataset {

/// A data set of the Hub, fetched as far as it was asked for.
struct HubDataset {
  hub::Snapshot snapshot;
  /// For load_split: the snapshot's directory, and the configuration that was meant.
  Source source;
};

/// Fetches the card (README.md, dataset_info.json) and the files of the splits, and nothing else. A
/// repository that has only a loading script (conll2003) is read from its branch
/// refs/convert/parquet, which the Hub makes. `revision`: "main" unless the user says.
///
/// Throws Error: what hub::Hub throws, no such configuration or split.
HubDataset fetch_from_hub(hub::Hub& hub, const std::string& name, const std::string& revision,
                          const std::optional<std::string>& configuration,
                          const std::vector<std::string>& splits);

}  // namespace quantbench::dataset
