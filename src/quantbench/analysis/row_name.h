#pragma once

#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// The key that says whether a row is quantized. Row::quantized says so for every run, also for
/// those without the key.
inline constexpr const char* kApplyQuantization = "apply_quantization";

/// A parameter's value as text: strings unchanged, everything else as Python's repr().
std::string text_of(const Json& value);

/// The same, with lists without brackets and quotes: "Add, MatMul".
std::string plain_text(const Json& value);

/// A name for each row, made of the benchmarked parameters that differ between rows: "original",
/// "Add+MatMul · per_channel". Omits False, None and values that all rows share, unless two rows
/// would then have the same name. No two rows have the same name.
std::vector<std::string> row_names(const store::RunResult& result);

/// The names of a run's rows, to look up row by row. The run must outlive it.
class Names {
 public:
  explicit Names(const store::RunResult& result) : result_(result), names_(row_names(result)) {}
  /// `row` must be one of the run's rows.
  const std::string& of(const store::Row& row) const {
    return names_.at(static_cast<std::size_t>(&row - result_.rows.data()));
  }

 private:
  const store::RunResult& result_;
  std::vector<std::string> names_;
};

/// Key and value of what all quantized rows have in common, as far as it tells how they were made:
/// the fixed parameters, then benchmarked ones with a single value. Objects are taken apart
/// ("framework_args.opset"); model, data set and None are left out.
std::vector<std::pair<std::string, std::string>> shared_parameters(const store::RunResult& result);

}  // namespace quantbench::analysis
