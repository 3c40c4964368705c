#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quantbench/calibrate/calibrate.h"
#include "quantbench/calibrate/selection.h"
#include "quantbench/calibrate/statistics.h"
#include "quantbench/runtime/session.h"

namespace quantbench::calibrate {

/// A model with observers, and the statistics that they collect.
class Collector {
 public:
  /// `streams`: number of threads that may collect in parallel, with one thread per forward. 1: one
  /// forward that uses all threads.
  Collector(const graph::Model& model, std::span<const std::string> tensors, const Needs& needs,
            const Options& options, std::size_t streams = 1);

  /// Runs one forward. `again`: the second pass of Collection::kAllAtOnce.
  void collect(const Batch& batch, bool again);

  const TensorStatistics& statistics(std::size_t tensor) const {
    return statistics_[observed_[tensor]];
  }
  /// The tensor was seen and is not float32.
  bool other_type(std::size_t tensor) const { return other_type_[observed_[tensor]]; }
  /// Observed tensors in which the attention mask is added to real values. Only with skip_padding.
  const std::vector<std::string>& mask_carriers() const { return mask_carriers_; }
  std::vector<std::string>& warnings() { return warnings_; }

 private:
  struct Forward;

  void choose(const graph::Model& model, std::span<const std::string> tensors);
  void observe(std::size_t tensor, const runtime::TensorView& view,
               const ParallelFor& parallel_for);
  void run(const Batch& batch, Forward& forward);
  void tell_mask(const Batch& batch, Forward& forward);
  void find_axes(const Batch& example);
  std::unique_ptr<Workspace> take_workspace();

  /// Observed tensors; of views of each other, the first.
  std::vector<std::string> tensors_;
  /// Requested tensor -> index in tensors_.
  std::vector<std::size_t> observed_;
  bool skip_padding_;
  std::size_t threads_a_forward_;
  std::vector<bool> mask_only_;
  std::vector<std::string> mask_carriers_;
  bool axes_sought_ = false;
  std::optional<std::vector<TokenAxes>> axes_;

  /// Protects everything below.
  std::mutex lock_;
  std::vector<TensorStatistics> statistics_;
  std::vector<bool> other_type_;
  std::vector<std::unique_ptr<Workspace>> workspaces_;  ///< not in use by a forward
  bool warned_ = false;
  std::vector<std::string> warnings_;

  std::unique_ptr<runtime::Session> session_;
};

}  // namespace quantbench::calibrate
