// The charts: each function takes the page's data and gives a Vega-Lite specification.
//
// Text of the user is data only: rows are told apart by their index, and their names come from a parameter that label
// expressions look up. Vega compiles what stands in expressions, sort orders and scale domains.
"use strict";

// How each kind of row looks. Colours are variables of page.css.
const kRoles = [
  { role: "original", label: "original", shape: "diamond", colour: "var(--original)", size: 150 },
  { role: "best", label: "the answer above", shape: "circle", colour: "var(--best)", size: 190 },
  { role: "marked", label: "marked", shape: "triangle-up", colour: "var(--marked)", size: 170 },
  { role: "other", label: "other quantized", shape: "circle", colour: "var(--other)", size: 85 },
  { role: "nothing", label: "nothing quantized", shape: "cross", colour: "var(--other)", size: 95 },
  { role: "stopped", label: "stopped by the search, on fewer samples", shape: "circle", colour: "var(--stopped)", size: 80 },
];

// Others come before all of these.
const kDrawOrder = ["nothing", "other", "original", "best", "marked"];

function roleOf(row, state) {
  if (row.index === state.marked) return "marked";
  if (row.kind === "original") return "original";
  if (row.index === state.best) return "best";
  return row.kind === "nothing quantized" ? "nothing" : "other";
}

function roleEncoding(property) {
  return { field: "role", type: "nominal", legend: null,
           scale: { domain: kRoles.map((one) => one.role), range: kRoles.map((one) => one[property]) } };
}

// A value of the data as it is: a size, a width.
const asItIs = (field) => ({ field, type: "quantitative", scale: null, legend: null });

function shapeName(shape) {
  return shape.label.replace(/ x /, " × ");
}

function chartBase(description, values, names) {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description,
    width: "container",
    autosize: { type: "fit-x", contains: "padding" },
    background: null,
    params: names ? [{ name: "names", value: names }] : [],
    data: { values },
  };
}

const kChartTheme = {
  font: 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
  view: { stroke: null },
  axis: { labelColor: "var(--soft)", titleColor: "var(--soft)", gridColor: "var(--line)", domainColor: "var(--line)",
          tickColor: "var(--line)", labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", titlePadding: 8 },
  title: { color: "var(--text)", fontSize: 13, anchor: "start", fontWeight: 600 },
  text: { color: "var(--text)" },
};

const narrow = () => innerWidth < 700;

// Names at the side of a chart with one band a row.
function rowAxis(rows) {
  return { field: "row", type: "ordinal", sort: null, title: null, scale: { domain: rows.map((row) => row.index) },
           axis: { labelExpr: "names[datum.value]", labelLimit: narrow() ? 120 : 330, labelColor: "var(--text)",
                   grid: false, domain: false, ticks: false, labelPadding: 8 } };
}

// A range that holds all values and is never so small that noise looks like a cliff.
function spanOf(values, least) {
  const low = Math.min(...values), high = Math.max(...values);
  const missing = Math.max(0, least - (high - low)) / 2, margin = Math.max(high - low, least) * 0.08;
  return [low - missing - margin, high + missing + margin];
}

// Where a stopped candidate would lie: from the original's figures, its loss and its speedup, as far as it was measured.
// A chart leaves out those that lose much more than the rows.
function stoppedPoints(data, { metric, shape }) {
  const { search } = data;
  const original = data.rows.find((row) => row.kind === "original");
  if (!search || shape !== 0 || metric !== search.metric || !original) return [];
  const timing = original.timings[shape], figure = original.figures[metric];
  if (!timing || timing.mean === null || !figure || figure.value === null) return [];
  const sign = betterOf(data, metric) === "lower" ? 1 : -1;
  return search.stopped.filter(({ speedup }) => speedup > 0).map(({ name, loss, speedup }) => (
    { row: null, name, role: "stopped", latency: timing.mean / speedup, value: figure.value + sign * loss,
      size: kRoles.find((one) => one.role === "stopped").size, speedup, place: null }));
}

function frontChart(data, state) {
  const { metric, shape } = state;
  const front = data.fronts.find((one) => one.metric === metric && one.shape === shape);
  const places = new Map((front ? front.rows : []).map((row, place) => [row, place]));
  const values = [];
  for (const row of data.rows) {
    const timing = row.timings[shape], figure = row.figures[metric];
    if (!timing || timing.mean === null || !figure || figure.value === null) continue;
    values.push({ row: row.index, name: row.name, role: roleOf(row, state), latency: timing.mean, value: figure.value,
                  size: kRoles.find((one) => one.role === roleOf(row, state)).size,
                  speedup: timing.speedup, place: places.has(row.index) ? places.get(row.index) : null });
  }
  if (values.length === 0) return null;
  const { per, name } = pointsOf(data, metric);
  const original = values.find((one) => one.role === "original");
  const better = betterOf(data, metric), up = better !== "lower";
  const limit = original && better ? original.value + (up ? -1 : 1) * state.budget * per : null;
  // The end of the budget is shown unless that would squeeze the rows together.
  const all = values.map((one) => one.value), extent = Math.max(...all) - Math.min(...all);
  const near = limit !== null && Math.abs(limit - original.value) <= 3 * Math.max(extent, name ? 1.5 * per : 0);
  const rowsDomain = spanOf(near ? [...all, limit] : all, name ? 2 * per : 0);
  // Those that lose much more would squeeze the rows together.
  const reach = 2 * (rowsDomain[1] - rowsDomain[0]);
  const stopped = stoppedPoints(data, state).filter((one) => one.value > rowsDomain[0] - reach && one.value < rowsDomain[1] + reach);
  const domain = stopped.length === 0 ? rowsDomain : spanOf([...rowsDomain, ...stopped.map((one) => one.value)], 0);
  values.push(...stopped);
  const most = Math.max(...values.map((one) => one.latency)) * 1.08;
  // Who matters is drawn last, above the others.
  values.sort((a, b) => kDrawOrder.indexOf(a.role) - kDrawOrder.indexOf(b.role));
  const x = { field: "latency", type: "quantitative", title: "mean latency (ms), less is better", scale: { domain: [0, most], nice: false },
              axis: { tickCount: narrow() ? 5 : 9, grid: true } };
  const y = { field: "value", type: "quantitative", title: `${metric}${better ? `, ${up ? "more" : "less"} is better` : ""}`,
              scale: { domain, nice: false, zero: false }, axis: { tickCount: 6 } };
  const chart = chartBase(`${metric} against mean latency, one point a row`, values);
  chart.height = narrow() ? 260 : 330;
  const band = limit === null ? [] : [
    ...(near ? [{ name: "limit", data: { values: [{ limit }] }, mark: { type: "rule", color: "var(--budget)", strokeWidth: 1 },
                  encoding: { y: { field: "limit", type: "quantitative" } } }] : []),
    { name: "budget", data: { values: [{ from: Math.min(Math.max(limit, domain[0]), domain[1]), to: up ? domain[1] : domain[0] }] },
      mark: { type: "rect", color: "var(--budget)", opacity: 0.07 },
      encoding: { y: { field: "from", type: "quantitative" }, y2: { field: "to" } } },
  ];
  chart.layer = [
    ...band,
    { name: "front", transform: [{ filter: "datum.place !== null" }],
      mark: { type: "line", interpolate: "step-after", strokeDash: [5, 4], strokeWidth: 1.6, color: "var(--soft)" },
      encoding: { x, y, order: { field: "place" } } },
    { name: "points",
      mark: { type: "point", filled: true, opacity: 1, stroke: "var(--card)", strokeWidth: 1 },
      encoding: { x, y, color: roleEncoding("colour"), shape: roleEncoding("shape"), size: asItIs("size"),
        tooltip: [{ field: "name", title: "row" }, { field: "value", title: "value", format: ".4f" },
                  { field: "latency", title: "ms", format: ".3f" }, { field: "speedup", title: "speedup", format: ".2f" }] } },
    ...["left", "right"].map((align) => ({
      name: `names-${align}`,
      transform: [{ filter: "datum.role === 'best' || datum.role === 'original' || datum.role === 'marked'" },
                  { filter: `datum.latency ${align === "left" ? "<=" : ">"} ${most * 0.6}` }],
      mark: { type: "text", align, dx: align === "left" ? -6 : 6, dy: 19, fontSize: 12, limit: narrow() ? 170 : 360 },
      encoding: { x, y, text: { field: "name" } } })),
  ];
  return chart;
}

function speedupChart(data) {
  const values = [];
  const rows = data.rows.filter((row) => row.timings.some((timing) => timing && timing.speedup !== null));
  for (const row of rows)
    row.timings.forEach((timing, shape) => {
      if (!timing || timing.speedup === null) return;
      const log = Math.log2(timing.speedup);
      values.push({ row: row.index, name: row.name, shape, at: shapeName(data.shapes[shape]), speedup: timing.speedup,
                    distance: Math.abs(log), slower: log < 0,
                    interval: timing.interval ? `${number(timing.interval[0], 2)} to ${number(timing.interval[1], 2)}` : "–" });
    });
  if (values.length === 0) return null;
  const most = Math.max(1, ...values.map((value) => value.distance));
  const chart = chartBase("Speedup by row, batch size and input length", values, data.rows.map((row) => row.name));
  chart.params.push({ name: "shapes", value: data.shapes.map(shapeName) });
  chart.height = 31 * rows.length;
  const crowded = data.shapes.length > (narrow() ? 5 : 12);
  chart.encoding = {
    x: { field: "shape", type: "ordinal", title: data.shape_heading.replace(" x ", " × "),
         axis: { orient: "top", labelExpr: "shapes[datum.value]", labelAngle: crowded ? -55 : 0, labelOverlap: false, grid: false, domain: false, ticks: false } },
    y: rowAxis(rows),
  };
  chart.layer = [
    { name: "cells", mark: { type: "rect", cornerRadius: 4, stroke: "var(--card)", strokeWidth: 2 },
      encoding: {
        color: { condition: { test: "datum.slower", value: "var(--slower)" }, value: "var(--faster)" },
        opacity: { field: "distance", type: "quantitative", legend: null, scale: { domain: [0, most], range: [0.05, 0.6] } },
        tooltip: [{ field: "name", title: "row" }, { field: "at", title: "batch × length" },
                  { field: "speedup", title: "speedup", format: ".3f" }, { field: "interval", title: "95 % interval" }] } },
    { mark: { type: "text", fontSize: data.shapes.length > 16 ? 10 : 12 },
      encoding: { text: { field: "speedup", type: "quantitative", format: ".2f" } } },
  ];
  return chart;
}

// One panel a batch size with the length across; with one length, one panel with the batch across.
function scalingCharts(data, state) {
  const distinct = (key) => [...new Set(data.shapes.map((shape) => shape[key]))].sort((a, b) => a - b);
  const lengths = distinct("input_length"), batches = distinct("batch_size");
  const along = lengths.length > 1 ? "input_length" : "batch_size";
  const by = along === "input_length" ? "batch_size" : "input_length";
  const titles = { input_length: "input length (tokens)", batch_size: "batch size" };
  const names = { input_length: "Input length", batch_size: "Batch size" };
  if (data.shapes.length < 2) return [];
  const order = kDrawOrder;
  return (along === "input_length" ? batches : lengths).map((panel) => {
    const values = [];
    for (const row of data.rows)
      row.timings.forEach((timing, index) => {
        const shape = data.shapes[index], role = roleOf(row, state);
        if (timing && timing.mean !== null && shape[by] === panel)
          values.push({ row: order.indexOf(role) * 1e6 + row.index, name: row.name, role, at: shape[along], latency: timing.mean,
                        width: order.indexOf(role) < 2 ? 1.1 : 2.4, size: order.indexOf(role) < 2 ? 22 : 60 });
      });
    if (values.length === 0) return null;
    values.sort((a, b) => a.row - b.row);
    const chart = chartBase(`Mean latency against ${titles[along]}, ${names[by]} ${panel}`, values);
    chart.height = 210;
    chart.title = `${names[by]} ${panel}`;
    const points = [...new Set(values.map((value) => value.at))].sort((a, b) => a - b);
    chart.encoding = {
      x: { field: "at", type: "quantitative", title: titles[along], scale: { type: "log", base: 2, nice: false, padding: 14 },
           axis: { values: points, grid: false, format: "d", labelOverlap: true } },
      y: { field: "latency", type: "quantitative", title: "mean latency (ms)", scale: { zero: true }, axis: { tickCount: 5 } },
      detail: { field: "row" },
      color: roleEncoding("colour"),
    };
    chart.layer = [
      { name: "lines", mark: { type: "line" },
        encoding: { strokeWidth: asItIs("width"),
                    strokeDash: { condition: { test: "datum.role === 'original'", value: [6, 4] }, value: [1, 0] } } },
      { name: "points", mark: { type: "point", filled: true, opacity: 1 },
        encoding: { shape: roleEncoding("shape"),
          size: asItIs("size"),
          tooltip: [{ field: "name", title: "row" }, { field: "at", title: along.replace("_", " ") }, { field: "latency", title: "ms", format: ".3f" }] } },
    ];
    return chart;
  });
}

// Quantile q of a sorted sample that page_data took evenly.
function sampleQuantile(sample, q) {
  return sample[Math.round(q * (sample.length - 1))];
}

function distributionChart(data, state) {
  const rows = data.rows.filter((row) => row.timings[state.shape] && row.timings[state.shape].sample.length > 0);
  if (rows.length === 0) return null;
  const end = 1.05 * Math.max(...rows.map((row) => sampleQuantile(row.timings[state.shape].sample, 0.99)));
  const boxes = [], ticks = [];
  for (const row of rows) {
    const sample = row.timings[state.shape].sample, role = roleOf(row, state);
    const at = (q) => Math.min(end, sampleQuantile(sample, q));
    boxes.push({ row: row.index, name: row.name, role, low: at(0.05), from: at(0.25), median: at(0.5), to: at(0.75), high: at(0.95), last: at(0.99) });
    for (const latency of sample) if (latency <= end) ticks.push({ row: row.index, role, latency });
  }
  const chart = chartBase("Latencies of single forwards, one band a row", boxes, data.rows.map((row) => row.name));
  chart.height = 34 * rows.length;
  const x = (field) => ({ field, type: "quantitative", title: "latency of one forward (ms)", scale: { domain: [0, end], nice: false }, axis: { tickCount: narrow() ? 5 : 9 } });
  const colour = roleEncoding("colour");
  const tooltip = [{ field: "name", title: "row" }, ...[["low", "5 %"], ["from", "25 %"], ["median", "median"], ["to", "75 %"], ["high", "95 %"], ["last", "99 %"]]
    .map(([field, title]) => ({ field, title, format: ".3f" }))];
  chart.encoding = { y: rowAxis(rows) };
  chart.layer = [
    { name: "forwards", data: { values: ticks }, mark: { type: "tick", thickness: 1, size: 22, opacity: 0.35, aria: false },
      encoding: { x: x("latency"), color: colour } },
    { name: "whiskers", mark: { type: "rule", strokeWidth: 1.5 }, encoding: { x: x("low"), x2: { field: "high" }, color: colour, tooltip } },
    { name: "boxes", mark: { type: "bar", size: 11, cornerRadius: 3, opacity: 1 }, encoding: { x: x("from"), x2: { field: "to" }, color: colour, tooltip } },
    { name: "medians", mark: { type: "tick", thickness: 2, size: 11, color: "var(--card)" }, encoding: { x: x("median") } },
  ];
  return chart;
}

// Forwards that were slower than the distribution's axis is long, as a sentence.
function beyondAxis(data, state) {
  const samples = data.rows.map((row) => row.timings[state.shape]).filter((timing) => timing && timing.sample.length > 0).map((timing) => timing.sample);
  if (samples.length === 0) return "";
  const end = 1.05 * Math.max(...samples.map((sample) => sampleQuantile(sample, 0.99)));
  const slowest = Math.max(...samples.map((sample) => sample[sample.length - 1]));
  return slowest > end ? ` The axis ends past the last 99 % point; the slowest forward took ${milliseconds(slowest)} ms.` : "";
}
