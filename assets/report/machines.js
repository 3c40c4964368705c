// The table of machines: a line each, with the answer among the machine's own rows. Nothing of one machine is compared with
// another.
"use strict";

// From "#machine-2": 1. Any other address means the first machine.
function chosenMachine() {
  const found = /^#machine-(\d+)$/.exec(location.hash);
  return found ? Number(found[1]) - 1 : 0;
}

// Digits enough to tell two amounts apart: 0.0213, 1.25, 12.5, 381.
function money(value) {
  return value < 1 ? String(Number(value.toPrecision(3))) : milliseconds(value);
}

function streamsText({ streams }) {
  if (streams === 0) return "";
  return ` with ${streams} ${streams === 1 ? "stream" : "streams"}`;
}

function costText(cost) {
  return money(cost.million) + streamsText(cost);
}

function machineAnswer(machine, label, state) {
  const shape = machine.shapes.findIndex((one) => one.label === label);
  if (shape < 0) return { row: null, note: "not timed at this shape" };
  const { best, nearest } = answerOf(machine, { ...state, shape });
  const row = best || nearest;
  if (!row || !row.timings[shape] || !row.timings[shape].speedup) return { row: null, note: "no quantized row beside an original" };
  const isNotBetter = isSearched(machine, { ...state, shape }) && machine.search.outcome === "not_better";
  const reason = isNotBetter ? "not better than the original" : "loses more than accepted";
  return { row, shape, timing: row.timings[shape], note: best ? "" : reason };
}

function machineCells(machine, label, state) {
  const { row, shape, timing, note } = machineAnswer(machine, label, state);
  if (!row) return [note, "–", "–", "–", "–", "–"];
  const figure = state.metric && row.figures[state.metric];
  const { per, name } = pointsOf(machine, state.metric);
  const interval = timing.interval ? ` (${number(timing.interval[0], 2)}–${number(timing.interval[1], 2)})` : "";
  const change = figure && figure.change !== null ? `${signed(figure.change / per, name ? 2 : 4)} ${name}`.trim() : "–";
  const cost = row.costs[shape];
  return [row.name + (note && ` (${note})`), milliseconds(timing.mean), milliseconds(timing.mean * timing.speedup),
          `${number(timing.speedup, 2)}×${interval}`, change, cost ? costText(cost) : "–"];
}

function drawMachines(machines, data, state) {
  document.getElementById("machines-section").hidden = machines.length < 2;
  if (machines.length < 2) return;
  const cell = (tag, text, isNumber) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (isNumber) made.className = "number";
    if (tag === "th") made.scope = "col";
    return made;
  };
  const label = data.shapes.length > 0 ? data.shapes[state.shape].label : "";
  const lines = machines.map((machine) => machineCells(machine, label, state));
  const priced = lines.some((cells) => cells[5] !== "–");
  const heads = ["machine", "fastest", "ms", "original ms", "speedup", "change", "cost per million"].slice(0, priced ? 7 : 6);
  const head = document.createElement("tr");
  head.append(...heads.map((text, index) => cell("th", text, index > 1)));
  const table = document.getElementById("machines");
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(...machines.map((machine, index) => {
    const line = document.createElement("tr");
    const link = document.createElement("a");
    link.href = `#machine-${index + 1}`;
    link.textContent = machine.machine_name;
    if (machine === data) link.setAttribute("aria-current", "true");
    const name = document.createElement("td");
    name.append(link);
    line.append(name, ...lines[index].slice(0, priced ? 6 : 5).map((text, place) => cell("td", text, place > 0)));
    if (machine === data) line.className = "marked";
    return line;
  }));
}
