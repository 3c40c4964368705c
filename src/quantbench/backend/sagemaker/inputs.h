#pragma once

#include <filesystem>
#include <string>

#include "quantbench/aws/s3.h"
#include "quantbench/backend/run_directory.h"
#include "quantbench/backend/sagemaker/arguments.h"

namespace quantbench::backend::sagemaker {

/// Where a run lies in S3:
///
///     s3_uri/RUNID/run/       run.json, shards/NAME.json and start.sh    channel "run"
///                  model/     the model's file or directory              channel "model"
///                  dataset/   the data set's                             channel "dataset"
///                  program/   backend_args.program                       channel "program"
///                  out/       what the shards write: results/, done/, progress/ (checkpoints)
///                  uploaded   written last: all inputs are there
///                  jobs/      SageMaker's own (OutputDataConfig)
struct Places {
  aws::S3Uri base;

  Places(const Arguments& arguments, const std::string& run_id)
      : base(aws::S3Uri::parse(arguments.s3_uri) / run_id) {}
  aws::S3Uri run() const { return base / "run"; }
  aws::S3Uri model() const { return base / "model"; }
  aws::S3Uri dataset() const { return base / "dataset"; }
  aws::S3Uri program() const { return base / "program"; }
  aws::S3Uri out() const { return base / "out"; }
  aws::S3Uri uploaded() const { return base / "uploaded"; }
  aws::S3Uri jobs() const { return base / "jobs"; }
};

/// What a job finds a model, data set or program at, behind its channel's directory: "" for a
/// directory, the name of a file.
std::string name_in_channel(const std::filesystem::path& path);

/// Uploads what the jobs of a run need, once a run. Links are followed, hidden files left out.
/// Throws Error.
void upload_inputs(aws::S3& s3, const Places& places, const RunDirectory& directory,
                   const RunDescription& run, const Arguments& arguments);

}  // namespace quantbench::backend::sagemaker
