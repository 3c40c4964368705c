#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "quantbench/backend/run.h"
#include "quantbench/base/diagnostics.h"

namespace quantbench::cli {

/// Shows the jobs of a run on standard error. On a terminal a live line, or with `follows` a live
/// table; elsewhere a line for each job that ends, with `follows` one for each change.
class JobDisplay {
 public:
  explicit JobDisplay(bool follows, DiagnosticStream& stream = diagnostics());
  ~JobDisplay();
  JobDisplay(const JobDisplay&) = delete;
  JobDisplay& operator=(const JobDisplay&) = delete;

  void show(const std::vector<backend::ShardView>& shards);
  /// Takes the live lines away, for a line that is printed by somebody else.
  void clear();

 private:
  void print_changes(const std::vector<backend::ShardView>& shards);

  DiagnosticStream& stream_;
  const bool follows_;
  const bool live_;
  std::size_t drawn_lines_ = 0;
  std::map<std::string, std::string> told_;
};

/// "evaluate-2: running on n3, evaluate: per_channel=True, 40%"
std::string shard_text(const backend::ShardView& shard);

/// One row a job: name, what it is at, node, share.
std::string shard_table(const std::vector<backend::ShardView>& shards);

}  // namespace quantbench::cli
