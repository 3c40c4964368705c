// The table of all rows: sorts by a click on a heading, filters by words that a row must all have.
"use strict";

function tableColumns(data, state) {
  const { metric, shape } = state;
  const keys = data.rows.length > 0 ? data.rows[0].parameters.map(([key]) => key) : [];
  const shown = keys.filter((key, index) => key !== "apply_quantization" && new Set(data.rows.map((row) => row.parameters[index][1])).size > 1);
  const timing = (of) => (row) => (row.timings[shape] ? row.timings[shape][of] : null);
  const process = (of, scale) => (row) => {
    const figures = row.timings[shape] && row.timings[shape].process;
    return figures && !missing(figures[of]) ? figures[of] * scale : null;
  };
  const others = data.metrics.filter(({ name }) => name !== metric);
  const figures = [...data.metrics.filter(({ name }) => name === metric), ...others].flatMap(({ name, better }) => [
    { name, digits: 4, value: (row) => row.figures[name].value },
    { name: `${name} change`, digits: 4, sign: true, better: better === "lower" ? -1 : better ? 1 : 0, value: (row) => row.figures[name].change },
  ]);
  return [
    { name: "row", button: true, value: (row) => row.name },
    { name: "speedup", digits: 2, suffix: "×", pivot: 1, value: timing("speedup"),
      small: (row) => (row.timings[shape] && row.timings[shape].interval ? row.timings[shape].interval.map((one) => number(one, 2)).join("–") : "") },
    ...figures,
    { name: "mean ms", digits: 2, value: timing("mean") },
    { name: "p50", digits: 2, value: timing("p50") },
    { name: "p99", digits: 2, value: timing("p99") },
    { name: "forwards/s", digits: 1, value: timing("throughput") },
    { name: "cost per million", digits: 4, value: (row) => (row.costs[shape] ? row.costs[shape].million : null) },
    { name: "model MB", digits: 1, value: (row) => (row.model_bytes > 0 ? row.model_bytes / 1e6 : null) },
    { name: "peak MB", digits: 0, value: (row) => (row.peak_memory_bytes > 0 ? row.peak_memory_bytes / 1e6 : null) },
    { name: "resident MB", digits: 0, value: process("resident_memory_bytes", 1e-6) },
    { name: "load s", digits: 2, value: process("load_seconds", 1) },
    { name: "first ms", digits: 1, value: process("first_forward", 1) },
    { name: "CPU ms", digits: 2, value: process("processor_time", 1) },
    { name: "J/forward", digits: 4, value: process("joules", 1) },
    ...shown.map((key) => ({ name: key, value: (row) => row.parameters[keys.indexOf(key)][1] })),
    { name: "note", note: true, value: (row) => (row.status === "ok" ? row.note : `${row.status}: ${row.message}`) },
  ].filter((column) => data.rows.some((row) => !missing(column.value(row)) && column.value(row) !== ""));
}

function missing(value) {
  return value === null || value === undefined;
}

function cellText(column, value) {
  if (missing(value)) return "–";
  if (column.digits === undefined) return value;
  return column.sign ? signed(value, column.digits) : value.toFixed(column.digits) + (column.suffix || "");
}

function searchText(row) {
  const pairs = row.parameters.map(([key, value]) => `${key}=${value}`);
  return [row.name, row.kind, row.status, row.message, row.note, ...pairs].join(" ").toLowerCase();
}

function compareCells(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

function sortedRows(rows, column, descending) {
  if (!column) return rows;
  return [...rows].sort((a, b) => {
    const first = column.value(a), second = column.value(b);
    // Rows without a figure stay at the end either way.
    if (missing(first) || missing(second)) return missing(first) - missing(second);
    return descending ? -compareCells(first, second) : compareCells(first, second);
  });
}

// Order of the columns by name, so that a change of metric or shape keeps it.
const tableState = { column: "mean ms", descending: false };

function tableHead(columns, redraw) {
  const head = document.createElement("tr");
  for (const column of columns) {
    const cell = document.createElement("th");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = column.name;
    cell.scope = "col";
    if (column.digits !== undefined) cell.className = "number";
    const sorted = tableState.column === column.name;
    cell.setAttribute("aria-sort", sorted ? (tableState.descending ? "descending" : "ascending") : "none");
    button.addEventListener("click", () => {
      // Figures begin with the largest, names with the first.
      tableState.descending = sorted ? !tableState.descending : column.digits !== undefined;
      tableState.column = column.name;
      redraw();
      [...document.querySelectorAll("#rows th button")].find((one) => one.textContent === column.name).focus();
    });
    cell.append(button);
    head.append(cell);
  }
  return head;
}

function tableLine(columns, row, state, onMark) {
  const line = document.createElement("tr");
  line.className = roleOf(row, state);
  for (const column of columns) {
    const cell = document.createElement("td");
    const value = column.value(row);
    if (column.button) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = value;
      button.setAttribute("aria-pressed", String(row.index === state.marked));
      button.addEventListener("click", () => onMark(row.index));
      cell.append(button);
    } else {
      cell.textContent = cellText(column, value);
    }
    if (column.digits !== undefined) cell.classList.add("number");
    if (column.note) cell.classList.add("note");
    if (column.small && column.small(row)) {
      const small = document.createElement("small");
      small.textContent = ` ${column.small(row)}`;
      cell.append(small);
    }
    const distance = missing(value) ? 0 : column.sign ? value * column.better : column.pivot ? value - column.pivot : 0;
    if (Math.abs(distance) > 0.0005) cell.classList.add(distance > 0 ? "good" : "bad");
    line.append(cell);
  }
  return line;
}

function drawTable(data, state, onMark) {
  const columns = tableColumns(data, state);
  const table = document.getElementById("rows");
  table.tHead.replaceChildren(tableHead(columns, () => drawTable(data, state, onMark)));
  const words = document.getElementById("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = data.rows.filter((row) => words.every((word) => searchText(row).includes(word)));
  const by = columns.find((column) => column.name === tableState.column);
  const rows = sortedRows(found, by, tableState.descending);
  table.tBodies[0].replaceChildren(...rows.map((row) => tableLine(columns, row, state, onMark)));
  document.getElementById("count").textContent = `${rows.length} of ${data.rows.length} rows`;
}
