#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/split_list.h"
#include "quantbench/hub/hub.h"

namespace quantbench::dataset {

/// A data set of the Hub, with the requested parts fetched.
struct HubDataset {
  hub::Snapshot snapshot;
  /// For load_split: the snapshot's directory and the chosen configuration.
  Source source;
};

/// The splits of a data set of the Hub (list_splits). Fetches the card only. Throws Error like
/// fetch_from_hub.
KnownSplits list_splits_of_hub(hub::Hub& hub, const std::string& name, const std::string& revision,
                               const std::optional<std::string>& configuration);

/// Fetches only the card (README.md, dataset_info.json) and the files of the splits. For a
/// repository with only a loading script (conll2003), uses the branch refs/convert/parquet, which
/// the Hub makes. `revision` defaults to "main".
///
/// Throws Error like hub::Hub, and for an unknown configuration or split.
HubDataset fetch_from_hub(hub::Hub& hub, const std::string& name, const std::string& revision,
                          const std::optional<std::string>& configuration,
                          const std::vector<std::string>& splits);

}  // namespace quantbench::dataset
