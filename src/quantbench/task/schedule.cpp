#include "quantbench/task/schedule.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

namespace quantbench::task {

namespace {

constexpr std::size_t kWindowRows = 8192;
constexpr std::size_t kRawBytes = std::size_t{4} << 20;  // per stream
constexpr std::size_t kFeatureBytes = std::size_t{64}
                                      << 20;  // per stream; only images come near it
/// Rows in one preparation job: enough to make the lock cheap, few for images.
constexpr std::size_t kJobRows = 8;

/// Maximum tokens and rows of a forward. More would not be faster and would not fit the cache.
constexpr std::size_t kTokens = 416;
constexpr std::size_t kRows = 16;

/// Tokens of a pass; 0 without a token axis.
std::size_t tokens_of(const Pass& pass) {
  const auto& inputs = pass.features().inputs;
  if (inputs.empty() || inputs[0].tensor.shape.size() != 2) return 0;
  return static_cast<std::size_t>(inputs[0].tensor.shape[1]);
}

std::size_t bytes_of(const Features& features) {
  std::size_t bytes = 0;
  for (const runtime::NamedTensor& input : features.inputs) {
    bytes += runtime::bytes_of(input.tensor);
  }
  return bytes;
}

/// Relative cost of a forward among forwards of the same model.
std::size_t cost_of(const std::vector<Pass>& forward) {
  std::size_t longest = 0;
  for (const Pass& pass : forward) longest = std::max(longest, tokens_of(pass));
  return forward.size() * std::max<std::size_t>(longest, 1);
}

}  // namespace

std::vector<std::vector<Pass>> consecutive_forwards(Window& window, std::size_t size) {
  std::vector<std::vector<Pass>> forwards;
  for (std::size_t row = 0; row < window.size(); ++row) {
    Sample& sample = window[row];
    const bool group_starts = row % size == 0;
    for (std::size_t i = 0; i < sample.features.size(); ++i) {
      if (forwards.empty() || (group_starts && i == 0) || forwards.back().size() == size) {
        forwards.emplace_back();
      }
      forwards.back().push_back({&sample, i});
    }
  }
  return forwards;
}

std::vector<std::vector<Pass>> equal_length_forwards(Window& window, std::size_t streams) {
  std::map<std::size_t, std::vector<Pass>> by_tokens;
  std::size_t passes = 0;
  for (Sample& sample : window) {
    for (std::size_t i = 0; i < sample.features.size(); ++i) {
      const Pass pass{&sample, i};
      by_tokens[tokens_of(pass)].push_back(pass);
      ++passes;
    }
  }
  const std::size_t share = std::clamp<std::size_t>(passes / (4 * streams), 1, kRows);
  std::vector<std::vector<Pass>> forwards;
  for (const auto& [tokens, equal] : by_tokens) {
    const std::size_t most = tokens == 0 ? 1 : std::clamp<std::size_t>(kTokens / tokens, 1, share);
    // Split evenly: 16 and 1 would take longer than 9 and 8.
    const std::size_t count = (equal.size() + most - 1) / most;
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = [&, &equal = equal](std::size_t part) {
        return equal.begin() + static_cast<long>(part * equal.size() / count);
      };
      forwards.emplace_back(at(i), at(i + 1));
    }
  }
  return forwards;
}

Schedule::Schedule(const Processor& processor, const dataset::Split& split,
                   const EvaluationOptions& options, std::size_t streams)
    : processor_(processor), split_(split), options_(options), streams_(streams) {}

bool Schedule::full() const {
  return filling_->size() >= kWindowRows || raw_bytes_ >= kRawBytes * streams_ ||
         feature_bytes_ >= kFeatureBytes * streams_;
}

std::optional<Job> Schedule::next() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (stopped_) return {};
    if (!forwards_.empty()) {
      Job job{running_, {}, std::move(forwards_.back())};
      forwards_.pop_back();
      return job;
    }
    if (read_ < split_.size() && !full()) return read();
    if (in_preparation_ == 0) return {};
    changed_.wait(lock);
  }
}

Job Schedule::read() {
  // A window never ends between samples that share a batch.
  const std::size_t group = options_.eval_batch_size;
  const std::size_t rows = group * std::max<std::size_t>(1, kJobRows / group);
  Job job{filling_, {}, {}};
  for (dataset::Example& example : split_.read(read_, std::min(rows, split_.size() - read_))) {
    raw_bytes_ += processor_.cost(example);
    Sample& sample = filling_->emplace_back();
    sample.row = read_++;
    sample.example = std::move(example);
    job.samples.push_back(&sample);
  }
  ++in_preparation_;
  return job;
}

void Schedule::prepared(const Job& job) {
  const std::scoped_lock lock(mutex_);
  for (const Sample* sample : job.samples) {
    for (const Features& features : sample->features) feature_bytes_ += bytes_of(features);
  }
  if (--in_preparation_ > 0 || (read_ < split_.size() && !full())) return;
  running_ = std::exchange(filling_, std::make_shared<Window>());
  raw_bytes_ = feature_bytes_ = 0;
  forwards_ = forwards(*running_);
  changed_.notify_all();
}

std::vector<std::vector<Pass>> Schedule::forwards(Window& window) const {
  auto forwards = options_.join_equal_lengths && options_.eval_batch_size == 1
                      ? equal_length_forwards(window, streams_)
                      : consecutive_forwards(window, options_.eval_batch_size);
  // Of forwards with equal cost, the first of the split runs first.
  std::reverse(forwards.begin(), forwards.end());
  std::stable_sort(forwards.begin(), forwards.end(),
                   [](const auto& a, const auto& b) { return cost_of(a) < cost_of(b); });
  return forwards;
}

void Schedule::stop() {
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace quantbench::task
