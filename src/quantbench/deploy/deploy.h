#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/deploy/layout.h"
#include "quantbench/execute/run.h"
#include "quantbench/report/document.h"
#include "quantbench/spec/spec.h"

namespace quantbench::deploy {

/// A row of a run that is to become a directory for other programs.
struct Request {
  const report::Document& result;
  std::size_t row = 0;  ///< index in result.rows
  /// The spec of the run (spec_of_run). It says where model and data set are.
  spec::Spec spec;
  Layout layout = Layout::kOptimum;
  std::filesystem::path directory;
  /// Store and cache must be named.
  execute::Options options;
};

/// Throws Error, with the reason and the remedy, if a row has no model that could be deployed: an
/// imported card, a row that failed or was skipped, a framework that runs the checkpoint itself, a
/// result of an older version that does not say which model the row had.
void require_deployable(const store::RunResult& result, std::size_t row);

/// Files that `write` may write, relative to the directory; external data of a model aside.
std::vector<std::string> possible_files();

/// What `write` has written.
struct Deployed {
  std::vector<std::string> files;  ///< their names, SHA256SUMS last
  /// Lines of Python that load the model from where the caller stands (loading_lines).
  std::vector<std::string> loading;
};

/// Removes the files that `write` wrote there, by its SHA256SUMS, and directories that are empty
/// then. Without that file nothing is removed.
void remove_deployed(const std::filesystem::path& directory);

/// Writes the directory: the ONNX model that the row measured, config.json, the files of the
/// tokenizer or image processor, README.md (figures, settings, how programs load it), CARD.md (the
/// card of the run) and SHA256SUMS. The model is the one that was measured, by the hash of its
/// content: from the cache or, if it is not there, made again. Nothing is written unless all is
/// known to be right.
///
/// Throws Error: what require_deployable throws; model or data set are not there any more; the
/// model made again is not the one that was measured; the directory holds another ONNX file, which
/// a program could load instead; the layout cannot hold this model.
Deployed write(const Request& request);

}  // namespace quantbench::deploy
