// The answer that quantbench worked out (page_data.h, "answers"), looked up for what the reader chose. Nothing here
// compares rows.
"use strict";

// What a point of the metric is, and its unit: errors and figures of unknown meaning have none.
function pointsOf(data, metric) {
  const info = data.metrics.find((one) => one.name === metric);
  return info && info.point > 0 ? { per: info.point, name: "points" } : { per: 1, name: "" };
}

function betterOf(data, metric) {
  const info = data.metrics.find((one) => one.name === metric);
  return info ? info.better : null;
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

// Whether the reader's choice is what a search decided: its figure, its accepted loss, the first shape.
function isSearched(data, { metric, shape, budget }) {
  const { search } = data;
  if (!search || shape !== 0 || search.metric !== metric) return false;
  const asked = search.budget / pointsOf(data, metric).per;
  return Math.abs(budget - asked) <= 1e-6 * Math.max(1, asked);
}

// The row for the chosen metric, shape and accepted loss, with its equals; without one the row that loses least.
function answerOf(data, { metric, shape, budget }) {
  const judged = betterOf(data, metric) ? metric : null;
  const rows = (indices) => indices.map((index) => data.rows[index]);
  if (isSearched(data, { metric, shape, budget })) {
    const { row, outcome, as_fast, same_model } = data.search;
    const best = row === null ? null : data.rows[row];
    const within = outcome === "shown" || outcome === "not_shown";
    return { best: within ? best : null, nearest: within ? null : best, equals: rows(as_fast), same: rows(same_model) };
  }
  const list = data.answers.find((one) => one.shape === shape && one.metric === judged) || data.answers.find((one) => one.shape === shape);
  if (!list) return { best: null, nearest: null, equals: [], same: [] };
  const allowed = budget * pointsOf(data, metric).per + 1e-12;
  const step = list.steps.filter((one) => one.loss <= allowed).pop();
  if (!step) return { best: null, nearest: list.nearest === null ? null : data.rows[list.nearest], equals: [], same: [] };
  return { best: data.rows[step.row], nearest: null, equals: rows(step.as_fast), same: rows(step.same_model) };
}
