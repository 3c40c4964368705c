#pragma once

#include <cstddef>
#include <filesystem>

#include "cli/output_directory.h"
#include "quantbench/base/file_roles.h"
#include "quantbench/deploy/deploy.h"
#include "quantbench/spec/spec.h"

namespace quantbench::cli {

/// Throws Error if a model cannot be deployed to this directory (require_outputs): before the run
/// of `--deploy-best`, too. `inputs`: the files that the command reads; the model and the data set
/// of the spec are added to them.
void require_place(const OutputDirectory& out, const spec::Spec& spec, FileRoles inputs);

/// Where deploy::write finds results and models.
execute::Options options_of(const std::filesystem::path& store, const std::filesystem::path& cache);

/// deploy::write with a progress display; prints the directory, its files and the lines that load
/// the model. Throws what deploy::write throws.
void deploy_row(deploy::Request request);

/// The row that the answer names (analysis::answer). Throws Error, with the reason, if the run has
/// no answer, or if every row loses more than accepted.
std::size_t best_row(const store::RunResult& result);

}  // namespace quantbench::cli
