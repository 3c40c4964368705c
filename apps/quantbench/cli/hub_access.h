#pragma once

#include <functional>
#include <string>

#include "quantbench/dataset/dataset.h"
#include "quantbench/hub/onnx_files.h"
#include "quantbench/hub/options.h"

namespace quantbench::cli {

/// Resolves a MODEL argument. A local file or directory stays unchanged. A Hub name is fetched
/// (with a bar on a terminal) and becomes its local directory. `revision`: empty for main. Throws
/// Error.
std::string local_model(const std::string& model, const std::string& revision,
                        const hub::ModelChoice& choice = {});

/// The same for a data set, with the files for `split`. `source.name` becomes the chosen
/// configuration.
dataset::Source local_dataset(const dataset::Source& source, const std::string& revision,
                              const std::string& split);

/// Runs `body`, which may ask for the options of the Hub, with a bar on a terminal for what is
/// fetched.
void with_hub_options(const std::function<void(const std::function<hub::Options()>&)>& body);

}  // namespace quantbench::cli
