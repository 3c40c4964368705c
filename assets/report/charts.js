// The charts: each function takes the page's data and gives a Vega-Lite specification.
"use strict";

const kKinds = ["original", "quantized", "nothing quantized"];
const kMostNamedColours = 8;

function shapeName(shape) {
  return `${shape.batch_size} × ${shape.input_length}`;
}

function cssColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Field names and text that Vega would take for paths or signals never come from the user: rows are
// values, not field names.
function chartBase(description, values) {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    description,
    width: "container",
    autosize: { type: "fit-x", contains: "padding" },
    background: null,
    data: { values },
  };
}

function chartTheme() {
  const text = cssColour("--text"), soft = cssColour("--soft"), line = cssColour("--line");
  return {
    font: 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
    view: { stroke: null },
    axis: { labelColor: soft, titleColor: soft, gridColor: line, domainColor: line, tickColor: line,
            labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
    legend: { labelColor: text, titleColor: soft, labelFontSize: 12, labelLimit: 320 },
    title: { color: text, fontSize: 13, anchor: "start", fontWeight: "normal" },
  };
}

function colourOf(rows) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const palette = dark
    ? ["#9aa6b5", "#7aa2f7", "#f6a55c", "#63c990", "#e88bb8", "#b59cf0", "#d6c15c", "#5cc7d0"]
    : ["#5d6878", "#2456c7", "#d9690c", "#157347", "#b8326f", "#6b47c0", "#8a7400", "#0c7f8c"];
  if (rows.length <= kMostNamedColours)
    return { field: "name", domain: rows.map((row) => row.name), range: palette.slice(0, rows.length) };
  return { field: "kind", domain: kKinds, range: [palette[0], palette[1], palette[6]] };
}

function colourEncoding(rows, legend) {
  const { field, domain, range } = colourOf(rows);
  return { field, type: "nominal", scale: { domain, range }, legend };
}

function number(value, digits) {
  return value === null || value === undefined ? "–" : value.toFixed(digits);
}

function frontChart(data, metric, shape) {
  const front = data.fronts.find((one) => one.metric === metric && one.shape === shape);
  const order = new Map((front ? front.rows : []).map((row, place) => [row, place]));
  const values = [];
  data.rows.forEach((row, index) => {
    const timing = row.timings[shape], figure = row.figures[metric];
    if (!timing || timing.mean === null || !figure || figure.value === null) return;
    values.push({ name: row.name, kind: row.kind, latency: timing.mean, value: figure.value,
                  speedup: timing.speedup, place: order.has(index) ? order.get(index) : null });
  });
  if (values.length === 0) return null;
  const x = { field: "latency", type: "quantitative", title: "mean latency (ms)", scale: { zero: false, nice: true, padding: 24 } };
  const y = { field: "value", type: "quantitative", title: metric, scale: { zero: false, padding: 24 } };
  const chart = chartBase(`${metric} against latency`, values);
  chart.height = 300;
  chart.layer = [
    { transform: [{ filter: "datum.place !== null" }],
      mark: { type: "line", interpolate: "step-after", strokeDash: [5, 4], strokeWidth: 1.5, color: cssColour("--soft") },
      encoding: { x, y, order: { field: "place" } } },
    { name: "points",
      mark: { type: "point", filled: true, size: 130, opacity: 0.9 },
      encoding: {
        x, y,
        color: colourEncoding(data.rows, { title: null, orient: "bottom", columns: innerWidth < 700 ? 1 : 4 }),
        shape: { field: "kind", type: "nominal", scale: { domain: kKinds, range: ["diamond", "circle", "cross"] },
                 legend: colourOf(data.rows).field === "kind" ? { title: null, orient: "bottom" } : null },
        tooltip: [{ field: "name", title: "row" }, { field: "value", title: "value", format: ".4f" },
                  { field: "latency", title: "ms", format: ".2f" }, { field: "speedup", title: "speedup", format: ".2f" }],
      } },
  ];
  return chart;
}

function speedupChart(data) {
  const values = [];
  for (const row of data.rows)
    row.timings.forEach((timing, shape) => {
      if (timing && timing.speedup !== null)
        values.push({ name: row.name, shape: shapeName(data.shapes[shape]), order: shape, speedup: timing.speedup,
                      distance: Math.log2(timing.speedup) });
    });
  if (values.length === 0) return null;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const most = Math.max(1, ...values.map((value) => Math.abs(value.distance)));
  const chart = chartBase("Speedup by row, batch size and input length", values);
  chart.height = 30 * data.rows.length;
  chart.encoding = {
    x: { field: "shape", type: "nominal", sort: { field: "order" }, title: "batch size × input length",
         axis: { orient: "top", labelAngle: 0, labelOverlap: false, grid: false } },
    y: { field: "name", type: "nominal", sort: data.rows.map((row) => row.name), title: null,
         axis: { labelLimit: innerWidth < 700 ? 110 : 320, grid: false } },
  };
  chart.layer = [
    { name: "cells", mark: { type: "rect", cornerRadius: 4, stroke: cssColour("--card"), strokeWidth: 2 },
      encoding: {
        color: { field: "distance", type: "quantitative", legend: null,
                 scale: { domain: [-most, 0, most], range: dark ? ["#8a2f29", "#2a323d", "#1f7a4c"] : ["#e8796f", "#eef0f3", "#52b583"] } },
        tooltip: [{ field: "name", title: "row" }, { field: "shape", title: "batch × length" },
                  { field: "speedup", title: "speedup", format: ".3f" }] } },
    { mark: { type: "text", fontSize: 12, color: cssColour("--text") },
      encoding: { text: { field: "speedup", type: "quantitative", format: ".2f" } } },
  ];
  return chart;
}

// One panel a batch size with the length across; with one length, one panel with the batch across.
function scalingCharts(data) {
  const distinct = (key) => [...new Set(data.shapes.map((shape) => shape[key]))].sort((a, b) => a - b);
  const lengths = distinct("input_length"), batches = distinct("batch_size");
  const along = lengths.length > 1 ? "input_length" : "batch_size";
  const by = along === "input_length" ? "batch_size" : "input_length";
  const titles = { input_length: "input length", batch_size: "batch size" };
  return (along === "input_length" ? batches : lengths).map((panel) => {
    const values = [];
    for (const row of data.rows)
      row.timings.forEach((timing, index) => {
        const shape = data.shapes[index];
        if (timing && timing.mean !== null && shape[by] === panel)
          values.push({ name: row.name, kind: row.kind, at: shape[along], latency: timing.mean });
      });
    if (values.length === 0) return null;
    const chart = chartBase(`Latency for ${titles[by]} ${panel}`, values);
    chart.height = 210;
    chart.title = `${titles[by]} ${panel}`;
    const points = [...new Set(values.map((value) => value.at))];
    chart.mark = { type: "line", point: { size: 45, filled: true }, strokeWidth: 1.8 };
    chart.encoding = {
      x: { field: "at", type: "quantitative", title: titles[along], scale: { zero: false, nice: false, padding: 12 }, axis: { values: points, grid: false } },
      y: { field: "latency", type: "quantitative", title: "mean latency (ms)", scale: { zero: true }, axis: { tickCount: 5 } },
      color: colourEncoding(data.rows, null),
      detail: { field: "name" },
      tooltip: [{ field: "name", title: "row" }, { field: "at", title: titles[along] }, { field: "latency", title: "ms", format: ".2f" }],
    };
    return chart;
  });
}

function distributionChart(data, shape) {
  const values = [];
  for (const row of data.rows) {
    const timing = row.timings[shape];
    for (const latency of timing ? timing.sample : []) values.push({ name: row.name, kind: row.kind, latency });
  }
  if (values.length === 0) return null;
  const chart = chartBase("Latencies of single forwards", values);
  chart.height = 36 * data.rows.length;
  const narrow = innerWidth < 700;
  chart.encoding = {
    x: { field: "latency", type: "quantitative", title: "latency (ms)", scale: { zero: false } },
    y: { field: "name", type: "nominal", sort: data.rows.map((row) => row.name), title: null, axis: { labelLimit: narrow ? 110 : 320 } },
    color: colourEncoding(data.rows, null),
  };
  chart.layer = [
    { name: "forwards", mark: { type: "tick", thickness: 1, size: 20, opacity: 0.3 } },
    { mark: { type: "boxplot", extent: 1.5, size: 12, outliers: false, median: { color: cssColour("--card"), strokeWidth: 2 } } },
  ];
  return chart;
}
