// Which row is the answer: the fastest quantized one whose loss of the chosen metric the reader accepts.
"use strict";

// A point is one hundredth of a metric between 0 and 1, and one of a metric between 0 and 100.
function pointsOf(data, metric) {
  const info = data.metrics.find((one) => one.name === metric);
  if (!info || !info.higher_is_better) return { per: 1, name: "" };
  const most = Math.max(...data.rows.map((row) => row.figures[metric].value ?? 0));
  return { per: most <= 1 ? 0.01 : 1, name: "points" };
}

function number(value, digits) {
  return value === null || value === undefined ? "–" : value.toFixed(digits);
}

function signed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : (value > 0 ? "+" : "−") + text;
}

// Enough digits to tell latencies apart: 0.447, 4.07, 42.4, 381.
function milliseconds(value) {
  return number(value, value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);
}

// The row's loss of the metric, in the metric's unit; null if unknown.
function lossOf(data, row, metric) {
  const figure = row.figures[metric];
  if (!figure || figure.change === null) return null;
  return data.metrics.find((one) => one.name === metric).higher_is_better ? -figure.change : figure.change;
}

// Loss that two independent samples of this size show by chance in 5 of 100 cases: the normal approximation with the
// largest variance of a mean of values from 0 to 1. Null for other metrics.
function chanceOf(data, metric) {
  const original = data.rows.find((row) => row.kind === "original" && row.figures[metric] && row.figures[metric].value !== null);
  const points = pointsOf(data, metric);
  if (!original || !data.samples || points.name === "" || !/accuracy|exact|f1|precision|recall/.test(metric)) return null;
  const share = original.figures[metric].value * (points.per === 1 ? 0.01 : 1);
  if (share < 0 || share > 1) return null;
  return 1.96 * Math.sqrt(2 * share * (1 - share) / data.samples) * 100;
}

// The answer, the rows that are as good within the noise and, if no row is within the budget, the nearest row.
function answerOf(data, { metric, shape, budget }) {
  const timed = data.rows.filter((row) => row.kind === "quantized" && row.timings[shape] && row.timings[shape].speedup !== null);
  const allowed = budget * pointsOf(data, metric).per;
  const judged = metric ? timed.filter((row) => lossOf(data, row, metric) !== null) : timed;
  const within = judged.filter((row) => !metric || lossOf(data, row, metric) <= allowed + 1e-12);
  const mean = (row) => row.timings[shape].mean;
  const best = within.reduce((one, row) => (one && mean(one) <= mean(row) ? one : row), null);
  if (!best) {
    const nearest = judged.reduce((one, row) => (one && lossOf(data, one, metric) <= lossOf(data, row, metric) ? one : row), null);
    return { best: null, nearest, equals: [] };
  }
  const interval = best.timings[shape].interval;
  const equals = !interval ? [] : within.filter((row) => row !== best && row.timings[shape].interval && row.timings[shape].interval[1] >= interval[0]);
  return { best, nearest: null, equals };
}
