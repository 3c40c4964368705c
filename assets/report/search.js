// The path of a search as a table: a line a decision.
"use strict";

function searchColumns(data) {
  const { steps, metric } = data.search;
  const { per } = pointsOf(data, metric);
  const digits = per === 1 && pointsOf(data, metric).name ? 2 : 4;
  const ends = (interval, places) => (interval ? interval.map((one) => number(one, places)).join(" to ") : "");
  return [
    { name: "candidate", value: ({ candidate }, index) => `${index + 1}. ${candidate}` },
    { name: "step", value: ({ kind }) => kind },
    { name: "samples", digits: 0, value: ({ samples }) => (samples > 0 ? samples : null) },
    { name: `loss of ${metric}`, digits, value: ({ loss }) => loss, small: ({ loss_interval }) => ends(loss_interval, digits) },
    { name: data.search.gain, digits: 2, suffix: "×", value: ({ speedup }) => speedup, small: ({ speedup_interval }) => ends(speedup_interval, 2) },
    { name: "in float", digits: 0, value: ({ in_float }) => (in_float > 0 ? in_float : null) },
    { name: "verdict", value: ({ verdict }) => verdict },
    { name: "why", note: true, value: ({ reason }) => reason },
    { name: "after s", digits: 1, value: ({ seconds }) => seconds },
  ].filter((column) => steps.some((step, index) => !missing(column.value(step, index)) && column.value(step, index) !== ""));
}

function searchCell(column, step, index) {
  const cell = document.createElement("td");
  cell.textContent = cellText(column, column.value(step, index));
  if (column.digits !== undefined) cell.classList.add("number");
  if (column.note) cell.classList.add("note");
  if (column.small && column.small(step)) {
    const small = document.createElement("small");
    small.textContent = ` ${column.small(step)}`;
    cell.append(small);
  }
  return cell;
}

function drawSearch(data) {
  const section = document.getElementById("search-section");
  section.hidden = !data.search || data.search.steps.length === 0;
  if (section.hidden) return;
  const columns = searchColumns(data);
  const table = document.getElementById("search");
  const head = document.createElement("tr");
  head.append(...columns.map((column) => {
    const cell = document.createElement("th");
    cell.textContent = column.name;
    cell.scope = "col";
    if (column.digits !== undefined) cell.className = "number";
    return cell;
  }));
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(...data.search.steps.map((step, index) => {
    const line = document.createElement("tr");
    // Verdicts are words of this program; they say the same as the colour.
    if (step.verdict === "chosen") line.className = "best";
    if (step.verdict === "stopped" || step.verdict === "refused") line.className = "out";
    line.append(...columns.map((column) => searchCell(column, step, index)));
    return line;
  }));
}
