#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "quantbench/calibrate/batches.h"
#include "quantbench/calibrate/calibrate.h"
#include "quantbench/graph/model.h"

namespace quantbench::calibrate {

/// Threads that calibration may use.
std::size_t threads_of(const Options& options);

/// Forwards that may run at once, each on one thread, without a change in what comes out. One
/// stream where the statistics depend on the batches and their order (histograms that widen from
/// batch to batch, averages of the batches, levels of tokens), where what is computed for a sample
/// depends on its batch, where the model takes batches of one size only, and where the samples are
/// few.
std::size_t streams_of(const graph::Model& model, const Needs& needs, const Options& options);

/// The batch in smaller ones, so many tokens each that their activations stay in the caches of a
/// core; samples keep the length they were padded to. One that is not separable is left whole.
std::vector<Batch> parts_of(const Batch& batch);

/// Cuts every batch into parts and collects them on `streams` threads, in any order; no more
/// batches are held than there are streams. `handed_out` is told, on the calling thread, of every
/// batch whose parts are all handed out. The first exception ends all and is rethrown.
void in_streams(const Batches& batches, std::size_t streams,
                const std::function<void(const Batch&)>& collect,
                const std::function<void(const Batch&)>& handed_out);

}  // namespace quantbench::calibrate
