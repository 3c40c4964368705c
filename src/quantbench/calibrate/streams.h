#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "quantbench/calibrate/batches.h"
#include "quantbench/calibrate/calibrate.h"
#include "quantbench/graph/model.h"

namespace quantbench::calibrate {

/// Threads for calibration.
std::size_t threads_of(const Options& options);

/// Number of forwards that may run in parallel, with one thread each, without changing the result.
/// One stream if the statistics depend on the batches and their order (histograms that widen from
/// batch to batch, averages of the batches, levels of tokens), if a sample's values depend on its
/// batch, if the model takes batches of one size only, or if there are few samples.
std::size_t streams_of(const graph::Model& model, const Needs& needs, const Options& options);

/// Splits the batch into smaller ones, whose activations fit a core's caches. Samples keep their
/// padded length. A batch that is not separable stays whole.
std::vector<Batch> parts_of(const Batch& batch);

/// Splits every batch into parts and collects them on `streams` threads, in any order. At most
/// `streams` batches are in memory. `handed_out` is called on the calling thread for every batch
/// whose parts are all given out. The first exception stops everything and is rethrown.
void in_streams(const Batches& batches, std::size_t streams,
                const std::function<void(const Batch&)>& collect,
                const std::function<void(const Batch&)>& handed_out);

}  // namespace quantbench::calibrate
