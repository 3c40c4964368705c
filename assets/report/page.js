// Fills the page from the JSON that quantbench wrote (page_data.h says what is in it). Text of the
// user goes in as text, never as markup.
"use strict";

(() => {
  // Of several machines the page shows one, with its own originals; the address says which.
  const page = JSON.parse(document.getElementById("data").textContent);
  const machines = [page, ...page.others];
  const data = machines[chosenMachine()] || page;
  for (const machine of machines) machine.rows.forEach((row, index) => { row.index = index; });
  const byId = (id) => document.getElementById(id);
  const element = (tag, text, name) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (name) made.className = name;
    return made;
  };
  const state = { metric: "", shape: 0, budget: 1, best: null, marked: null };

  function readControls() {
    state.metric = byId("metric").value;
    state.shape = Number(byId("shape").value) || 0;
    state.budget = Math.max(0, Number(byId("budget").value) || 0);
    byId("budget-unit").textContent = pointsOf(data, state.metric).name;
    byId("budget-label").hidden = !betterOf(data, state.metric);
  }

  function fillHead() {
    byId("task").textContent = data.task;
    // Of a local path the last part is the name.
    const local = /^[./~]/.test(data.model);
    byId("model").textContent = local ? data.model.replace(/\/+$/, "").split("/").pop() : data.model;
    byId("where").textContent = [local ? data.model : "", data.dataset, data.machine, data.started_at].filter(Boolean).join(" · ");
    byId("program").textContent = `quantbench ${data.version}`.trim();
    for (const { name, headline } of data.metrics) byId("metric").append(new Option(name, name, headline, headline));
    const headline = data.metrics.find((one) => one.headline);
    byId("budget").value = String(headline && headline.point === 0 ? 0 : data.accepted_points);
    if (data.search && data.metrics.some((one) => one.name === data.search.metric)) {
      byId("metric").value = data.search.metric;
      byId("budget").value = String(Number((data.search.budget / pointsOf(data, data.search.metric).per).toPrecision(9)));
    }
    byId("shape-label").textContent = data.shape_heading.replace(" x ", " × ").replace(/^b/, "B");
    data.shapes.forEach((shape, index) => byId("shape").append(new Option(shapeName(shape), String(index))));
    byId("metric").parentElement.hidden = data.metrics.length === 0;
    byId("shape").parentElement.hidden = data.shapes.length === 0;
    for (const [name, text] of data.facts) byId("facts").append(element("dt", name), element("dd", text));
    byId("spec").textContent = data.spec;
    for (const [name, text] of data.shared) byId("shared").append(element("dt", name), element("dd", text));
    byId("shared-head").hidden = byId("shared").hidden = data.shared.length === 0;
  }

  function fillNotices() {
    for (const { kind, text, rows } of data.notices) {
      const notice = element("div", text, `notice ${kind}`);
      if (rows.length > 0) notice.append(element("small", rows.length > 6 ? `${rows.length} rows` : rows.join("; ")));
      byId("notices").append(notice);
    }
  }

  function figureBox(figure, text) {
    const made = element("div");
    made.append(element("b", figure), element("span", text));
    return made;
  }

  // "95 % interval −1.3 to +0.4, both on the same 872 samples"
  function noiseText(noise, per, digits) {
    if (!noise || !noise.interval) return "";
    const how = noise.paired ? `both on the same ${data.samples} samples` : "roughly: computed as if both saw different samples";
    return `; 95 % interval ${signed(noise.interval[0] / per, digits)} to ${signed(noise.interval[1] / per, digits)}, ${how}`;
  }

  function answerFigures(best) {
    const { metric, shape } = state;
    const timing = best.timings[shape] && best.timings[shape].speedup !== null ? best.timings[shape] : null;
    const boxes = [];
    const interval = timing && timing.interval ? `95 % interval ${number(timing.interval[0], 2)} to ${number(timing.interval[1], 2)}` : "of the mean latency";
    if (timing) boxes.push(figureBox(`${number(timing.speedup, 2)}× as fast`, interval));
    const figure = metric ? best.figures[metric] : null;
    if (figure && figure.change !== null) {
      const { per, name } = pointsOf(data, metric);
      const digits = name ? 2 : 4;
      boxes.push(figureBox(`${signed(figure.change / per, digits)} ${name}`.trim(),
        `${metric}, from ${number((figure.value - figure.change) / per, digits)} to ${number(figure.value / per, digits)}${noiseText(figure.noise, per, digits)}`));
    }
    const original = data.rows.find((row) => row.kind === "original");
    const before = original && original.timings[shape];
    const medians = timing && timing.p50 && before && before.p50 ? `; medians ${milliseconds(timing.p50)} and ${milliseconds(before.p50)} ms` : "";
    if (timing) boxes.push(figureBox(`${milliseconds(timing.mean)} ms`, `instead of ${milliseconds(timing.mean * timing.speedup)} ms at ${shapeName(data.shapes[shape])}${medians}`));
    if (original && original.model_bytes > 0 && best.model_bytes > 0)
      boxes.push(figureBox(`${number(best.model_bytes / 1e6, 1)} MB`, `model, instead of ${number(original.model_bytes / 1e6, 1)} MB`));
    const cost = best.costs[shape];
    if (cost) {
      const before = original && original.costs[shape] ? `instead of ${costText(original.costs[shape])}` : "";
      boxes.push(figureBox(money(cost.million), `for a million inferences${streamsText(cost)}${before && `, ${before}`}`));
    }
    const list = element("div", undefined, "figures");
    list.append(...boxes);
    return list;
  }

  function namesOf(rows) {
    return rows.length > 5 ? `${rows.length} other rows` : rows.map((row) => row.name).join("; ");
  }

  function caveats(best, equals, same) {
    const sentences = [];
    const { speedup, interval } = best.timings[state.shape] || {};
    if (interval && interval[0] <= 1 && interval[1] >= 1) sentences.push("The noise does not show that it is faster than the original.");
    else if (speedup < 1) sentences.push("No row within that loss is faster than the original.");
    if (equals.length > 0) sentences.push(`As fast, as far as the noise shows: ${namesOf(equals)}.`);
    if (same.length > 0) sentences.push(`The same model file: ${namesOf(same)}.`);
    return sentences.join(" ");
  }

  // "1 point", "0.5 points", "0.01"
  function allowance() {
    const unit = pointsOf(data, state.metric).name;
    return `${state.budget} ${state.budget === 1 ? unit.replace(/s$/, "") : unit}`.trim();
  }

  // What stands above the name, and what the search has to say.
  function headings(best, allowed) {
    const { metric } = state;
    if (isSearched(data, state)) {
      const shown = data.search.outcome === "not_better" ? " The best of them:" : " The nearest:";
      return { eyebrow: best ? "The search chose" : data.search.verdict + (data.search.row === null ? "" : shown),
               said: [...(best ? [data.search.verdict] : []), ...data.search.sentences].join(" ") };
    }
    const said = data.search && data.search.metric === metric ? "Looked up among the models that the search measured on all samples, without a proof." : "";
    if (!best) return { eyebrow: `No quantized row stays within ${allowed} of the original's ${metric}. The nearest:`, said };
    return { eyebrow: betterOf(data, metric) ? `Fastest within ${allowed} of the original's ${metric}` : "Fastest", said };
  }

  function fillAnswer() {
    const { best, nearest, equals, same } = answerOf(data, state);
    state.best = best ? best.index : null;
    const box = byId("answer");
    const row = best || nearest;
    const { eyebrow, said } = headings(best, allowance());
    box.classList.toggle("none", !best);
    box.hidden = !row && !isSearched(data, state);
    box.replaceChildren(element("p", eyebrow, "eyebrow"));
    if (row) box.append(element("p", row.name, "name"), answerFigures(row));
    for (const text of [said, best ? caveats(best, equals, same) : ""]) if (text) box.append(element("p", text, "caveat"));
  }

  function symbol({ shape, colour }) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const outlines = { circle: "M1 6a5 5 0 1 0 10 0a5 5 0 1 0-10 0z", diamond: "M6 0L12 6L6 12L0 6z", "triangle-up": "M6 1L12 11H0z",
                       cross: "M4 0h4v4h4v4h-4v4h-4v-4h-4v-4h4z" };
    for (const [name, value] of [["width", 12], ["height", 12], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
    path.setAttribute("d", outlines[shape]);
    path.setAttribute("fill", colour);
    svg.append(path);
    return svg;
  }

  function fillKeys() {
    const present = new Set(data.rows.map((row) => roleOf(row, state)));
    if (stoppedPoints(data, state).length > 0) present.add("stopped");
    for (const box of document.querySelectorAll("[data-key]"))
      box.replaceChildren(...kRoles.filter((one) => present.has(one.role) && (one.role !== "stopped" || box.dataset.key === "front")).map((one) => {
        const named = one.role === "best" || one.role === "marked" ? data.rows[state[one.role]].name : one.label;
        const entry = element("span");
        entry.append(symbol(one), named);
        return entry;
      }));
  }

  // vega-embed draws into `where`; what was drawn there before is freed first.
  const drawn = new Map();
  async function draw(where, chart) {
    if (drawn.has(where)) drawn.get(where).finalize();
    drawn.delete(where);
    if (chart) drawn.set(where, await vegaEmbed(where, chart, { actions: false, renderer: "svg", config: kChartTheme, tooltip: { theme: "custom" } }));
  }

  async function drawPanels() {
    const box = byId("chart-scaling");
    const panels = scalingCharts(data, state).filter(Boolean);
    byId("scaling-section").hidden = panels.length === 0;
    for (const old of box.children) if (drawn.has(old)) { drawn.get(old).finalize(); drawn.delete(old); }
    box.replaceChildren(...panels.map(() => element("div", undefined, "panel")));
    await Promise.all(panels.map((panel, index) => draw(box.children[index], panel)));
  }

  async function drawOne(section, where, chart) {
    byId(section).hidden = !chart;
    await draw(byId(where), chart);
  }

  function fillHints() {
    const at = data.shapes.length > 0 ? shapeName(data.shapes[state.shape]) : "";
    byId("front-title").textContent = `${state.metric.replace(/^[a-z](?=[a-z ]*$)/, (first) => first.toUpperCase())} against latency at ${at}`;
    byId("front-hint").textContent = !betterOf(data, state.metric) ? "Whether more or less of this figure is better is not known." :
      "The dashed line is the Pareto front: nothing is both faster and better than the rows on it. " +
      `The tinted band is what loses at most ${allowance()}.` +
      (stoppedPoints(data, state).length > 0 ? " Light points are as far as the search went; those that lose much more are only in its path below." : "");
    byId("streams-title").textContent = `Throughput of concurrent streams at ${at}`;
    byId("distribution-title").textContent = `Distribution of latency at ${at}`;
    byId("distribution-hint").textContent =
      `Bar: the middle half; line: 5 to 95 %; light tick: the median; thin ticks: single forwards, evenly sampled.${beyondAxis(data, state)}`;
  }

  async function drawAll() {
    readControls();
    fillAnswer();
    drawMachines(machines, data, state);
    fillHints();
    fillKeys();
    drawTable(data, state, mark);
    drawStreams(data, state);
    drawSearch(data);
    await drawOne("front-section", "chart-front", frontChart(data, state));
    await drawOne("speedup-section", "chart-speedup", speedupChart(data));
    await drawPanels();
    await drawOne("distribution-section", "chart-distribution", distributionChart(data, state));
    document.documentElement.dataset.ready = String(Number(document.documentElement.dataset.ready || 0) + 1);
  }

  // One drawing at a time; what came in between is drawn once more at the end.
  let drawing = null, again = false;
  function redraw() {
    if (drawing) { again = true; return; }
    drawing = drawAll().finally(() => {
      drawing = null;
      if (again) { again = false; redraw(); }
    });
  }

  function mark(index) {
    state.marked = state.marked === index ? null : index;
    redraw();
    [...document.querySelectorAll("#rows td button")].find((button) => button.textContent === data.rows[index].name)?.focus();
  }

  function copySpec() {
    const range = document.createRange();
    range.selectNodeContents(byId("spec"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    // A page opened from a file may not write the clipboard through the newer interface.
    byId("copy").textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
  }

  function nextTheme() {
    const root = document.documentElement;
    const order = ["", "light", "dark"], names = ["◐ Auto", "☀ Light", "☾ Dark"];
    const next = (order.indexOf(root.dataset.theme || "") + 1) % order.length;
    if (order[next]) root.dataset.theme = order[next]; else delete root.dataset.theme;
    byId("theme").textContent = names[next];
    byId("theme").setAttribute("aria-label", `Colours: ${["as the system", "light", "dark"][next]}`);
  }

  fillHead();
  fillNotices();
  for (const id of ["metric", "shape"]) byId(id).addEventListener("change", redraw);
  byId("budget").addEventListener("input", redraw);
  byId("filter").addEventListener("input", () => drawTable(data, state, mark));
  byId("copy").addEventListener("click", copySpec);
  byId("theme").addEventListener("click", nextTheme);
  document.querySelector(".controls").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", () => { if (location.hash.startsWith("#machine-") && machines[chosenMachine()] !== data) location.reload(); });
  let wasNarrow = narrow();
  addEventListener("resize", () => { if (narrow() !== wasNarrow) { wasNarrow = narrow(); redraw(); } });
  redraw();
})();
