#pragma once

#include "quantbench/backend/run_directory.h"
#include "quantbench/backend/sagemaker/arguments.h"
#include "quantbench/backend/sagemaker/inputs.h"

namespace quantbench::backend::sagemaker {

/// The body of CreateTrainingJob for a shard. A limit of time is always set, and results leave the
/// job while it runs (CheckpointConfig), so that it needs no credentials.
Json job_request(const Shard& shard, const Job& job, const RunDescription& run,
                 const Arguments& arguments, const Places& places);

}  // namespace quantbench::backend::sagemaker
