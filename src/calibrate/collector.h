#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quantbench/calibrate/calibrate.h"
#include "quantbench/calibrate/selection.h"
#include "quantbench/calibrate/statistics.h"
#include "quantbench/runtime/session.h"

namespace quantbench::calibrate {

/// A model with observers in it, and the statistics they feed.
class Collector {
 public:
  Collector(const graph::Model& model, std::span<const std::string> tensors, const Needs& needs,
            const Options& options);

  /// One forward. `again`: the second pass of Collection::kAllAtOnce.
  void collect(const Batch& batch, bool again);

  const TensorStatistics& statistics(std::size_t tensor) const { return statistics_[tensor]; }
  /// The tensor was seen and is not float32.
  bool other_type(std::size_t tensor) const { return other_type_[tensor]; }
  /// Tensors among those observed in which the attention mask is added to real values; only with
  /// skip_padding.
  const std::vector<std::string>& mask_carriers() const { return mask_carriers_; }
  std::vector<std::string>& warnings() { return warnings_; }

 private:
  enum class Task { kShapes, kAdd, kAddAgain };

  void observe(std::size_t tensor, const runtime::TensorView& view,
               const ParallelFor& parallel_for);
  void run(const Batch& batch);
  void prepare_mask(const Batch& batch);
  void find_axes(const Batch& example);

  std::vector<std::string> tensors_;
  bool skip_padding_;
  std::vector<TensorStatistics> statistics_;
  std::vector<bool> other_type_;
  std::vector<bool> mask_only_;
  std::vector<std::string> mask_carriers_;
  Workspace workspace_;
  std::optional<std::vector<TokenAxes>> axes_;
  bool axes_sought_ = false;
  bool warned_ = false;
  TokenMask mask_;
  Task task_ = Task::kAdd;
  std::vector<std::vector<std::int64_t>> shapes_;
  std::vector<std::string> warnings_;
  std::unique_ptr<runtime::Session> session_;
};

}  // namespace quantbench::calibrate
