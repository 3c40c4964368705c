#pragma once

#include <string>

#include "quantbench/dataset/dataset.h"

namespace quantbench::cli {

/// A MODEL argument: a local file or directory as it is; a name of the Hub is fetched (with a bar
/// on a terminal) and becomes the directory it lies in. `revision`: empty for main. Throws Error.
std::string local_model(const std::string& model, const std::string& revision);

/// The same of a data set, as far as `split` needs it; `source.name` becomes the configuration that
/// was meant.
dataset::Source local_dataset(const dataset::Source& source, const std::string& revision,
                              const std::string& split);

}  // namespace quantbench::cli
