#pragma once

#include <string_view>

namespace quantbench::backend::sagemaker {

/// The shell script that a job's container runs:
///
///     sh start.sh SHARD ATTEMPT NODE MODEL DATASET
///
/// MODEL and DATASET are names in their channels, "." for the channel itself. The program is the
/// image's, or the one of the channel "program". The last line of a failed program goes to
/// /opt/ml/output/failure, from which SageMaker makes the FailureReason.
std::string_view start_script();

}  // namespace quantbench::backend::sagemaker
