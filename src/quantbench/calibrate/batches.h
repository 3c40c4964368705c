#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "quantbench/runtime/session.h"

namespace quantbench::calibrate {

/// Inputs of one forward.
struct Batch {
  std::vector<runtime::NamedTensor> inputs;
  std::size_t samples = 0;
  /// Every input has the samples along its first axis, one each, so that any rows are a batch too.
  bool separable = false;
};

/// Shows every batch, in order. Called again where a method needs a second pass.
using Batches = std::function<void(const std::function<void(const Batch&)>& consume)>;

/// Those of the batch's inputs that the session has, in its order.
std::vector<runtime::NamedTensor> inputs_for(const runtime::Session& session, const Batch& batch);

/// How samples become batches.
struct BatchOptions {
  std::size_t batch_size = 8;
  /// Tokens every sample is padded to; 0: the longest of its batch.
  std::size_t pad_to = 0;
  std::int64_t pad_token_id = 0;
};

/// Features of one sample, batch axis 1, as a task makes them.
using Sample = std::vector<runtime::NamedTensor>;

/// Joins samples: int64 inputs `[1, tokens]` are padded behind (input_ids with the pad token, the
/// others with 0) to `[samples, length]`; float inputs must agree in shape and are stacked. Throws
/// Error when the samples do not have the same inputs or one is longer than pad_to.
Batch join(std::span<const Sample> samples, const BatchOptions& options);

/// The samples in order, batch_size at a time; the last batch may be smaller. Views: `samples` must
/// live as long as the result.
Batches in_batches(std::span<const Sample> samples, const BatchOptions& options);

/// Indices, among `count` calibration samples, of those that counted in the reference: it dealt
/// sample i to shard i mod 4 and built its calibrator anew for each shard, so that only the last
/// one is left ("protocol: reference").
std::vector<std::size_t> samples_of_last_shard(std::size_t count, std::size_t shards = 4);

}  // namespace quantbench::calibrate
