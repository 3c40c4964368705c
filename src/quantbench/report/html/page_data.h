#pragma once

#include "quantbench/base/json.h"
#include "quantbench/store/result.h"

namespace quantbench::report::html {

/// What the scripts of the report draw from; assets/report/page.js says how it is used.
/// {"task", "model", "dataset", "started_at", "version", "samples", "machine", "shapes":
/// [{batch_size, input_length}], "metrics": [{name, higher_is_better}], "rows": [...], "fronts":
/// [{metric, shape, rows}], "notices": [{kind, text, rows}], "facts": [[name, text]], "spec": YAML}
///
/// A row has name (unique), parameters ([[key, text]]), kind ("original", "quantized", "nothing
/// quantized"), status, message, note, model_bytes, peak_memory_bytes, figures {metric: {value,
/// change}} and timings, one a shape or null: {mean, std, p50, p90, p99, throughput, forwards,
/// speedup, interval ([low, high] of the speedup, 95 %), sample}. Originals come first.
/// `sample` are at most 201 evenly spaced quantiles of the latencies, so that the
/// distribution with its extremes survives. Where a run has its originals row by row (an imported
/// card of July), the first row's stands as a row of its own.
Json page_data(const store::RunResult& result);

}  // namespace quantbench::report::html
