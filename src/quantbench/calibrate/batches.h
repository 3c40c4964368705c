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
  /// The samples lie along the first axis of every input, so any rows form a batch too.
  bool separable = false;
};

/// Passes every batch to `consume`, in order. Called again if a method needs a second pass.
using Batches = std::function<void(const std::function<void(const Batch&)>& consume)>;

/// The batch's inputs that the session has, in its order.
std::vector<runtime::NamedTensor> inputs_for(const runtime::Session& session, const Batch& batch);

/// How to batch samples.
struct BatchOptions {
  std::size_t batch_size = 8;
  /// The only batch size that the model takes, instead of batch_size; the last batch is filled up
  /// with copies of its last sample. 0: the model takes any.
  std::size_t fixed_batch = 0;
  /// Number of tokens to pad every sample to; 0: the longest of its batch.
  std::size_t pad_to = 0;
  std::int64_t pad_token_id = 0;
};

/// Features of one sample, batch axis 1, as made by a task.
using Sample = std::vector<runtime::NamedTensor>;

/// Joins samples. int64 inputs `[1, tokens]` are padded at the end to `[samples, length]`
/// (the first, the token ids, with the pad token, others with 0). Float inputs must have equal
/// shapes and are stacked. Throws Error if samples have different inputs, or one is longer than
/// pad_to.
Batch join(std::span<const Sample> samples, const BatchOptions& options);

/// The samples in order, batch_size at a time; the last batch may be smaller. The result refers to
/// `samples`, which must outlive it.
Batches in_batches(std::span<const Sample> samples, const BatchOptions& options);

/// Indices, among `count` calibration samples, of the samples that counted in the reference
/// ("protocol: reference"). It put sample i into shard i mod 4 and built a new calibrator for each
/// shard, so only the last shard counted.
std::vector<std::size_t> samples_of_last_shard(std::size_t count, std::size_t shards = 4);

}  // namespace quantbench::calibrate
