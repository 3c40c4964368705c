#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// A remark about the results, given once, with its rows.
struct Remark {
  enum class Kind {
    kFailed,            ///< why the rows failed
    kSkipped,           ///< why the rows were skipped
    kNothingQuantized,  ///< no text: no operator of the kinds asked for could be quantized
    kGovernor,          ///< the CPU's frequency governor, which is not "performance"; no rows
    kWarning,           ///< a warning of the run or of the quantization
    kAdvice,            ///< what to benchmark as well
  };
  Kind kind = Kind::kWarning;
  std::string text;
  std::vector<std::size_t> rows;  ///< indices in RunResult::rows, each once
};

/// In the order: governor, then row by row. The candidates that a search stopped are left out: its
/// path says so (RunResult::tuning).
std::vector<Remark> remarks(const store::RunResult& result);

}  // namespace quantbench::analysis
