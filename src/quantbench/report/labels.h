#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "quantbench/analysis/shape.h"
#include "quantbench/metric/registry.h"
#include "quantbench/store/result.h"

namespace quantbench::report {

/// "1 x 128"; for images "1 x 224x224", because they have no length.
std::string shape_label(const store::RunResult& result, const analysis::Shape& shape);

/// "batch size 1, input length 128"; for images "batch size 1, images of 224 x 224".
std::string shape_words(const store::RunResult& result, const analysis::Shape& shape);

/// What the first part of shape_label is times: "batch size x input length" or "batch size x
/// image".
std::string shape_heading(const store::RunResult& result);

/// Rows of a table by their places in it, counted from 1: "rows 1, 2 and 3", "rows 1-8 and 11".
std::string rows_at(std::vector<std::size_t> places);

/// Enough digits to tell latencies apart, without a unit: 0.447, 4.07, 42.4, 381.
std::string milliseconds(double value);

/// The same for samples a second, and for joules a sample.
std::string per_second(double value);
std::string joules(double value);

/// Money, with digits enough to tell two amounts apart and without a currency: 0.0213, 1.25, 12.5.
std::string money(double value);

/// "1 stream", "2 streams".
std::string stream_label(std::int64_t streams);

/// A change in points, or in the figure's own unit if it has no points: "-0.46".
std::string change_number(const metric::Figure& meaning, double change);
/// The same with its unit: "-0.46 points".
std::string change_text(const metric::Figure& meaning, double change);

}  // namespace quantbench::report
