#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "quantbench/base/record.h"
#include "quantbench/calibrate/batches.h"

namespace quantbench::calibrate {

/// An input of a forward as text, to be kept beside the ranges of a calibration.
struct KeptInput {
  std::string name;
  std::vector<std::int64_t> shape;
  bool integers = false;  ///< int64; else float32
  std::string values;     ///< little-endian, as hexadecimal digits

  static constexpr auto fields() {
    return std::tuple(field("name", &KeptInput::name), field("shape", &KeptInput::shape),
                      field("integers", &KeptInput::integers), field("values", &KeptInput::values));
  }
};

/// The inputs of a few forwards.
using KeptInputs = std::vector<std::vector<KeptInput>>;

/// The first samples, in batches as `options` say: as many as take about a mebibyte, at least one.
/// Throws Error as `join` does.
KeptInputs keep_first(std::span<const Sample> samples, const BatchOptions& options);

/// What was kept. Throws Error if it was damaged. The result refers to `kept`, which must outlive
/// it.
Batches batches_of(const KeptInputs& kept);

/// What was kept, sample by sample, each without the positions whose attention_mask is 0 at its
/// end. Forwards without such a mask stay as they are. Throws and refers to `kept` as batches_of.
Batches without_padding(const KeptInputs& kept);

}  // namespace quantbench::calibrate
