#pragma once

#include "quantbench/base/json.h"
#include "quantbench/report/document.h"

namespace quantbench::report::html {

/// What the scripts of the report draw from; assets/report/page.js says how it is used.
/// {"task", "model", "dataset", "started_at", "version", "samples", "machine", "machine_name",
/// "shapes": [{batch_size, input_length, label, words}], "shape_heading", "loads": [{streams, shape
/// (index in "shapes")}], "metrics": [{name, better
/// ("higher", "lower", null: not known), point (see metric::Figure), headline}], "shared": [[key,
/// text]] (what all quantized rows have in common), "accepted_points", "rows": [...], "fronts":
/// [{metric, shape, rows}], "answers": [{metric (null: speed alone), shape, steps: [{loss, row,
/// as_fast, same_model}], nearest}] (see analysis::Choices; rows are indices in "rows"), "search"
/// (null, or what search_data.h says), "notices": [{kind, text, rows}], "facts":
/// [[name, text]], "spec": YAML, "others": [...]}
///
/// "others" are the same of each other machine of the run, with rows, answers and facts of its own;
/// they have no "others".
///
/// A row has name (unique), parameters ([[key, text]]), kind ("original", "quantized", "nothing
/// quantized"), status, message, note, model_bytes, peak_memory_bytes, figures {metric: {value,
/// change, noise (null, or {interval, paired} of the change)}} and timings, one a shape or null:
/// {mean, std, p50, p90, p99, throughput, forwards, speedup, interval ([low, high] of the speedup,
/// 95 %), sample}; and streams, one a load or null: {samples_per_second, p50, p90, p95, p99,
/// peak_memory_bytes, joules (a sample, or null)}; and costs, one a shape or null: {million,
/// streams} (analysis::Cost). Originals come first, then the fastest at the
/// first shape. `sample` are at most 201 evenly spaced quantiles of the latencies, so that the
/// distribution with its extremes survives. Where a run has its originals row by row (an imported
/// card of July), the first row's stands as a row of its own.
Json page_data(const Document& result);

}  // namespace quantbench::report::html
