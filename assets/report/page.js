// Fills the page from the JSON that quantbench wrote (page_data.h says what is in it). Text of the
// user goes in as text, never as markup.
"use strict";

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const element = (tag, text, name) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (name) made.className = name;
    return made;
  };
  const chosen = () => ({ metric: byId("metric").value, shape: Number(byId("shape").value) || 0 });

  function fillHead() {
    byId("task").textContent = data.task;
    byId("model").textContent = data.model;
    byId("where").textContent = [data.dataset, data.machine, data.started_at].filter(Boolean).join(" · ");
    for (const { name } of data.metrics) byId("metric").append(new Option(name, name));
    data.shapes.forEach((shape, index) => byId("shape").append(new Option(shapeName(shape), String(index))));
    for (const [name, text] of data.facts) byId("facts").append(element("dt", name), element("dd", text));
    byId("spec").textContent = data.spec;
  }

  function fillNotices() {
    for (const { kind, text, rows } of data.notices) {
      const notice = element("div", text, `notice ${kind}`);
      if (rows.length > 0) notice.append(element("small", rows.length > 6 ? `${rows.length} rows` : rows.join("; ")));
      byId("notices").append(notice);
    }
  }

  function tile(figure, text) {
    const made = element("div", undefined, "tile");
    made.append(element("b", figure), element("span", text));
    return made;
  }

  function fillTiles() {
    const { metric, shape } = chosen();
    const budget = Number(byId("budget").value);
    const info = data.metrics.find((one) => one.name === metric);
    const sign = info && !info.higher_is_better ? -1 : 1;
    const timed = data.rows.filter((row) => row.kind !== "original" && row.timings[shape] && row.timings[shape].speedup !== null);
    const loss = (row) => (row.figures[metric] && row.figures[metric].change !== null ? -sign * row.figures[metric].change : null);
    const speedup = (row) => row.timings[shape].speedup;
    const fastest = (rows) => rows.reduce((best, row) => (best && speedup(best) >= speedup(row) ? best : row), null);
    const within = fastest(timed.filter((row) => loss(row) !== null && loss(row) <= budget + 1e-12));
    const tiles = [];
    if (within) {
      tiles.push(tile(`${number(speedup(within), 2)}× faster`, `${within.name}: the fastest within ${budget} of the original's ${metric}`));
      const change = within.figures[metric].change;
      tiles.push(tile((change > 0 ? "+" : "") + number(change, 4), `change of ${metric}, to ${number(within.figures[metric].value, 4)}`));
      if (within.timings[shape].mean !== null) tiles.push(tile(`${number(within.timings[shape].mean, 2)} ms`, `mean latency at batch × length ${shapeName(data.shapes[shape])}`));
    } else if (timed.length > 0) {
      tiles.push(tile("None", `no quantized row stays within ${budget} of the original's ${metric || "accuracy"}`));
    }
    const original = data.rows.find((row) => row.kind === "original" && row.model_bytes > 0);
    if (within && original && within.model_bytes > 0)
      tiles.push(tile(`${number(within.model_bytes / 1e6, 1)} MB`, `model size, from ${number(original.model_bytes / 1e6, 1)} MB`));
    byId("tiles").replaceChildren(...tiles);
  }

  // vega-embed draws into `where`; what was drawn there before is freed first.
  const drawn = new Map();
  async function draw(where, chart) {
    if (drawn.has(where)) drawn.get(where).finalize();
    drawn.delete(where);
    if (!chart) {
      where.replaceChildren(element("p", "No figures to draw.", "empty"));
      return;
    }
    const result = await vegaEmbed(where, chart, { actions: false, renderer: "svg", config: chartTheme() });
    drawn.set(where, result);
  }

  function key() {
    const { domain, range } = colourOf(data.rows);
    const made = element("div", undefined, "key");
    domain.forEach((name, index) => {
      const entry = element("span");
      const dot = element("i");
      dot.style.background = range[index];
      entry.append(dot, name);
      made.append(entry);
    });
    return made;
  }

  async function drawStill() {
    const panels = scalingCharts(data);
    const box = byId("chart-scaling");
    const section = box.parentElement;
    for (const old of section.querySelectorAll(".key")) old.remove();
    section.insertBefore(key(), box);
    for (const old of box.children) if (drawn.has(old)) { drawn.get(old).finalize(); drawn.delete(old); }
    box.replaceChildren(...panels.map(() => element("div", undefined, "panel")));
    await draw(byId("chart-speedup"), speedupChart(data));
    await Promise.all(panels.map((panel, index) => draw(box.children[index], panel)));
  }

  async function drawChosen() {
    const { metric, shape } = chosen();
    fillTiles();
    drawTable(data, metric, shape);
    byId("distribution-hint").textContent = data.shapes.length > 0
      ? `Single forwards at batch size × input length ${shapeName(data.shapes[shape])}: one tick a forward (evenly sampled), the box is the middle half, the light line the median.` : "";
    await draw(byId("chart-front"), frontChart(data, metric, shape));
    await draw(byId("chart-distribution"), distributionChart(data, shape));
  }

  async function drawAll() {
    await drawStill();
    await drawChosen();
    document.documentElement.dataset.ready = "yes";
  }

  fillHead();
  fillNotices();
  for (const id of ["metric", "shape"]) byId(id).addEventListener("change", drawChosen);
  byId("budget").addEventListener("input", fillTiles);
  byId("filter").addEventListener("input", () => drawTable(data, chosen().metric, chosen().shape));
  byId("copy").addEventListener("click", () => {
    const range = document.createRange();
    range.selectNodeContents(byId("spec"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    // A page opened from a file may not write the clipboard through the newer interface.
    byId("copy").textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  drawAll();
})();
