// The table of all rows: sorts by a click on a heading, filters by words that a row must all have.
"use strict";

function tableColumns(data, metric, shape) {
  const keys = data.rows.length > 0 ? data.rows[0].parameters.map(([key]) => key) : [];
  const time = (name, of) => ({ name, digits: 2, value: (row) => (row.timings[shape] ? row.timings[shape][of] : null) });
  const at = data.shapes.length > 0 ? shapeName(data.shapes[shape]) : "";
  return [
    ...keys.map((key, index) => ({ name: key, value: (row) => row.parameters[index][1] })),
    ...data.metrics.flatMap(({ name, higher_is_better: up }) => [
      { name, digits: 4, value: (row) => row.figures[name].value },
      { name: "change", digits: 4, sign: true, better: up ? 1 : -1, value: (row) => row.figures[name].change },
    ]),
    { ...time("speedup", "speedup"), suffix: "×", pivot: 1 },
    { ...time(`mean ms (${at})`, "mean") },
    { ...time("p50", "p50") },
    { ...time("p99", "p99") },
    { ...time("forwards/s", "throughput") },
    { name: "model MB", digits: 1, value: (row) => (row.model_bytes > 0 ? row.model_bytes / 1e6 : null) },
    { name: "peak MB", digits: 1, value: (row) => (row.peak_memory_bytes > 0 ? row.peak_memory_bytes / 1e6 : null) },
    { name: "note", note: true, value: (row) => (row.status === "ok" ? row.note : `${row.status}: ${row.message}`) },
  ];
}

function cellText(column, value) {
  if (value === null || value === undefined) return "–";
  if (column.digits === undefined) return value;
  const text = value.toFixed(column.digits) + (column.suffix || "");
  return column.sign && value > 0 ? "+" + text : text;
}

function searchText(row, columns) {
  const pairs = row.parameters.map(([key, value]) => `${key}=${value}`);
  return [row.name, row.kind, row.status, row.message, row.note, ...pairs].join(" ").toLowerCase();
}

function compareCells(a, b) {
  const missing = (value) => value === null || value === undefined;
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

const tableState = { column: null, descending: false };

function drawTable(data, metric, shape) {
  const columns = tableColumns(data, metric, shape);
  const table = document.getElementById("rows");
  const head = document.createElement("tr");
  columns.forEach((column, index) => {
    const cell = document.createElement("th");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = column.name;
    if (column.digits !== undefined) cell.className = "number";
    const sorted = tableState.column === index;
    cell.setAttribute("aria-sort", sorted ? (tableState.descending ? "descending" : "ascending") : "none");
    button.addEventListener("click", () => {
      tableState.descending = sorted && !tableState.descending;
      tableState.column = index;
      drawTable(data, metric, shape);
    });
    cell.append(button);
    head.append(cell);
  });
  table.tHead.replaceChildren(head);

  const words = document.getElementById("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  let rows = data.rows.filter((row) => {
    const text = searchText(row, columns);
    return words.every((word) => text.includes(word));
  });
  const by = columns[tableState.column];
  if (by) {
    const missing = (row) => by.value(row) === null || by.value(row) === undefined;
    rows = [...rows].sort((a, b) => {
      const order = compareCells(by.value(a), by.value(b));
      // Rows without a figure stay at the end either way.
      return tableState.descending && !missing(a) && !missing(b) ? -order : order;
    });
  }
  table.tBodies[0].replaceChildren(...rows.map((row) => {
    const line = document.createElement("tr");
    line.className = row.kind === "original" ? "original" : "";
    for (const column of columns) {
      const cell = document.createElement("td");
      const value = column.value(row);
      cell.textContent = cellText(column, value);
      if (column.digits !== undefined) cell.classList.add("number");
      if (column.note) cell.classList.add("note");
      const distance = column.sign ? value * column.better : column.pivot ? value - column.pivot : 0;
      if (value !== null && Math.abs(distance) > 0.0005) cell.classList.add(distance > 0 ? "good" : "bad");
      line.append(cell);
    }
    return line;
  }));
  document.getElementById("count").textContent = `${rows.length} of ${data.rows.length} rows`;
}
