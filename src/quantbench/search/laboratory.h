#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/analysis/shape.h"
#include "quantbench/execute/executor.h"
#include "quantbench/execute/prepare.h"
#include "quantbench/store/database.h"

namespace quantbench::search {

/// How long models are timed, together and in turns with the original.
struct Effort {
  double duration_s = 1;  ///< a row and shape, at most
  double target = 0.01;   ///< width of a speedup's interval that is narrow enough
  int starts = 1;
  std::vector<analysis::Shape> shapes;
};

/// Rows of a result, and the keys of the results that each is made of.
struct Rows {
  std::vector<store::Row> rows;
  std::vector<std::vector<std::string>> keys;
};

/// Measures what a search asks for, each stage once: results come from the store where it has them,
/// so a search that is started again goes through what is known in a moment.
class Laboratory {
 public:
  /// The cells of `prepared` are those that are known at the beginning. `options` and `database`
  /// must outlive it.
  Laboratory(execute::Prepared prepared, const execute::Options& options,
             store::Database& database);

  const spec::Spec& spec() const { return prepared_.located.spec; }
  const execute::Prepared& prepared() const { return prepared_; }
  /// Another cell; its index.
  std::size_t add(spec::Cell cell);

  /// Cells, one row each: figures of the first `samples` samples of the shuffled split (nullopt:
  /// none), and with an effort latencies too. Throws Error for faults of the input, and Cancelled,
  /// as the next one.
  Rows measure(const std::vector<std::size_t>& cells, std::optional<std::size_t> samples,
               const std::optional<Effort>& effort = {});
  struct Ranking {
    std::vector<std::string> operators;  ///< their names, the most damaging first
    std::size_t broken = 0;              ///< stages::Rank::Result::broken
    std::string failure;                 ///< why they cannot be ranked; empty: they are
  };
  /// Of the operators of a cell's model.
  Ranking rank(std::size_t cell);

  /// Number of models that `measure` looks at in the time of one.
  static std::size_t at_a_time();

  /// From now on the user's cancelling does not count. For results that the store has.
  void ignore_cancelling() { options_.cancel = nullptr; }

 private:
  std::vector<execute::StageOutcome> run(const std::vector<plan::PlannedStage>& stages);
  /// The spec with that many samples and that effort.
  spec::Spec variant(std::optional<std::size_t> samples, const std::optional<Effort>& effort) const;
  const plan::Inputs& inputs_of(std::size_t samples);

  execute::Prepared prepared_;
  execute::Options options_;
  store::DatabaseResults results_;
  std::map<std::size_t, plan::Inputs> inputs_;
  /// Bytes, of the largest worker so far.
  std::int64_t largest_ = 0;
};

}  // namespace quantbench::search
