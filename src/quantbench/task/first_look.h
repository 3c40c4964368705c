#pragma once

#include <cstddef>
#include <string>

#include "quantbench/task/task.h"

namespace quantbench::task {

/// Samples that cannot be used.
struct Unusable {
  std::size_t count = 0;
  std::size_t first_row = 0;
  std::string first;  ///< its place and what is wrong with it, on one line

  /// Keeps the count and the first of the split. `error` says where it is.
  void add(std::size_t row, const UnusableSample& error);
};

/// The remark on samples that cannot be used, of `samples`: how many, whether they are left out or
/// count as wrong (`have_predictions`), and what is wrong with the first. Empty if there are none.
std::string remark_on(const Unusable& unusable, std::size_t samples, bool have_predictions);

/// Puts the place of a row before the error's, unless it is the same: an image's place is its file.
void add_place(Error& error, const std::string& place);

/// Checks every sample of the split where the processor asks for it, on all cores, before anything
/// is measured.
/// Returns what people should know: unusable samples and the processor's own remarks. With
/// `strict`, throws the UnusableSample of the first such sample. Throws Error if no sample can be
/// used.
std::vector<std::string> look_at_samples(const Processor& processor, const dataset::Split& split,
                                         bool strict);

}  // namespace quantbench::task
