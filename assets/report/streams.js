// The table of concurrent streams at the chosen shape: a line a row and number of streams.
"use strict";

function streamLines(data, state) {
  return data.rows.flatMap((row) => data.loads.flatMap((load, index) =>
    (load.shape === state.shape && row.streams[index] ? [{ row, streams: load.streams, figures: row.streams[index] }] : [])));
}

function streamColumns(lines) {
  const milliseconds = (of) => ({ name: of, digits: 2, value: ({ figures }) => figures[of] });
  return [
    { name: "row", value: ({ row }) => row.name },
    { name: "streams", digits: 0, value: ({ streams }) => streams },
    { name: "samples/s", digits: 1, value: ({ figures }) => figures.samples_per_second },
    ...["p50", "p90", "p95", "p99"].map(milliseconds),
    { name: "peak MB", digits: 0, value: ({ figures }) => (figures.peak_memory_bytes > 0 ? figures.peak_memory_bytes / 1e6 : null) },
    { name: "J/sample", digits: 4, value: ({ figures }) => figures.joules },
  ].filter((column) => lines.some((line) => !missing(column.value(line))));
}

function streamCell(tag, column, text) {
  const cell = document.createElement(tag);
  cell.textContent = text;
  if (column.digits !== undefined) cell.className = "number";
  if (tag === "th") cell.scope = "col";
  return cell;
}

function drawStreams(data, state) {
  const lines = streamLines(data, state);
  const columns = streamColumns(lines);
  const table = document.getElementById("streams");
  const head = document.createElement("tr");
  head.append(...columns.map((column) => streamCell("th", column, column.name)));
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(...lines.map((line) => {
    const made = document.createElement("tr");
    made.className = roleOf(line.row, state);
    made.append(...columns.map((column) => streamCell("td", column, cellText(column, column.value(line)))));
    return made;
  }));
  document.getElementById("streams-section").hidden = lines.length === 0;
  document.getElementById("streams-energy").hidden = !columns.some(({ name }) => name === "J/sample");
}
