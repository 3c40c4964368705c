#pragma once

#include <map>
#include <set>
#include <string>

#include "quantbench/aws/logs.h"
#include "quantbench/aws/s3.h"
#include "quantbench/backend/run_directory.h"
#include "quantbench/backend/sagemaker/inputs.h"

namespace quantbench::backend::sagemaker {

/// What a run's jobs have written to S3 so far, brought into the run's directory.
class Outputs {
 public:
  /// All must outlive it.
  Outputs(aws::S3& s3, const Places& places, const RunDirectory& directory,
          const RunDescription& run);

  /// Results and ends that are new, and progress that changed. Names that no shard of the run
  /// writes are left alone: they become names of files here. Throws Error.
  void fetch();

 private:
  /// "results/KEY.json", say, of an object's key behind out/; "" for others.
  std::string wanted(const std::string& name) const;

  aws::S3& s3_;
  const Places& places_;
  const RunDirectory& directory_;
  std::set<std::string> shards_;
  std::map<std::string, std::string> progress_etags_;
};

}  // namespace quantbench::backend::sagemaker
