#include "quantbench/calibrate/streams.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <utility>
#include <variant>

#include "quantbench/base/channel.h"
#include "quantbench/base/parallel.h"
#include "quantbench/base/thread_group.h"
#include "quantbench/runtime/independence.h"

namespace quantbench::calibrate {

namespace {

/// Tokens of a part: fewer make the runtime's own work per operator count, more push the
/// activations out of the second-level cache.
constexpr std::size_t kTokens = 256;
/// Samples there have to be for each stream, so that the last forwards do not leave cores idle.
constexpr std::size_t kSamplesAStream = 4;

/// Without padding, what all samples of a batch share (embeddings of positions) counts once a batch
/// in the levels of tokens.
bool batches_matter(const Needs& needs, const Options& options) {
  return options.skip_padding || !needs.averaging_constants.empty() ||
         (!needs.histograms.empty() && options.collection == Collection::kEachBatch);
}

bool takes_any_batch(const graph::Model& model) {
  return std::all_of(model.graph().input().begin(), model.graph().input().end(),
                     [&](const onnx::ValueInfoProto& input) {
                       const auto& shape = input.type().tensor_type().shape();
                       return model.find_initializer(input.name()) != nullptr ||
                              shape.dim_size() == 0 || !shape.dim(0).has_dim_value();
                     });
}

/// 0: the samples have no tokens.
std::size_t tokens_a_sample(const Batch& batch) {
  std::size_t most = 0;
  for (const auto& [name, tensor] : batch.inputs) {
    if (!std::holds_alternative<std::vector<std::int64_t>>(tensor.values)) continue;
    most = std::max(most, static_cast<std::size_t>(tensor.shape[1]));
  }
  return most;
}

}  // namespace

std::size_t threads_of(const Options& options) {
  return options.threads ? static_cast<std::size_t>(std::max(1, *options.threads)) : usable_cores();
}

std::size_t streams_of(const graph::Model& model, const Needs& needs, const Options& options) {
  const std::size_t threads = threads_of(options);
  if (batches_matter(needs, options) || !takes_any_batch(model) ||
      !runtime::rows_are_independent(model) || options.samples < kSamplesAStream * threads) {
    return 1;
  }
  return threads;
}

std::vector<Batch> parts_of(const Batch& batch) {
  if (!batch.separable) return {batch};
  const std::size_t tokens = tokens_a_sample(batch);
  const std::size_t rows = tokens == 0 ? 1 : std::max<std::size_t>(1, kTokens / tokens);
  std::vector<Batch> parts;
  for (std::size_t begin = 0; begin < batch.samples; begin += rows) {
    const std::size_t end = std::min(batch.samples, begin + rows);
    Batch& part = parts.emplace_back();
    part.samples = end - begin;
    part.separable = true;
    for (const auto& [name, tensor] : batch.inputs) {
      part.inputs.push_back({name, runtime::rows_of(tensor, begin, end)});
    }
  }
  return parts;
}

void in_streams(const Batches& batches, std::size_t streams,
                const std::function<void(const Batch&)>& collect,
                const std::function<void(const Batch&)>& handed_out) {
  Channel<Batch> parts(streams);
  std::exception_ptr failure;
  std::mutex failure_lock;
  const auto fail = [&] {
    const std::scoped_lock lock(failure_lock);
    if (!failure) failure = std::current_exception();
    parts.close();
  };
  struct Stopped {};
  ThreadGroup threads;
  const std::size_t started = threads.start(streams, [&] {
    try {
      while (const auto part = parts.pop()) collect(*part);
    } catch (...) {
      fail();
    }
  });
  if (started == 0) {
    return batches([&](const Batch& batch) {
      for (const Batch& part : parts_of(batch)) collect(part);
      handed_out(batch);
    });
  }
  try {
    batches([&](const Batch& batch) {
      for (Batch& part : parts_of(batch)) {
        if (!parts.push(std::move(part))) throw Stopped();
      }
      handed_out(batch);
    });
  } catch (const Stopped&) {
    // The stream that failed has said why.
  } catch (...) {
    fail();
  }
  parts.close();
  threads.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace quantbench::calibrate
