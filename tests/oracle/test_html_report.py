"""The HTML report in headless Chromium: no console message, nothing loaded, every chart has the marks that the results
ask for, the table sorts and filters by mouse and keyboard, light, dark, phone and print.

Screenshots are left in QUANTBENCH_SCREENSHOTS when that is set."""

import asyncio
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import browser
import fresh_store  # noqa: F401
from browser import Browser

PROGRAM = os.environ["QUANTBENCH"]
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\"'${7*7}\\\u2028`]"
READY = "Number(document.documentElement?.dataset.ready || 0)"
# Value of every variable that the style declares.
COLOURS = """Object.fromEntries([...[...document.querySelectorAll('style')].map((style) => style.textContent).join().matchAll(/(--[a-z-]+):/g)].map(
    ([, name]) => [name, getComputedStyle(document.documentElement).getPropertyValue(name)]))"""
ROWS = "[...document.querySelectorAll('#rows tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))"


def write_report(results, directory):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "results.json").write_text(json.dumps(results))
    page = directory / "report.html"
    subprocess.run([PROGRAM, "report", str(directory), "--format", "html", "-o", str(page)], check=True)
    return page


async def marks(tab, chart, layer):
    return await tab.evaluate(f"document.querySelectorAll('#{chart} g.{layer}_marks > path, #{chart} g.{layer}_marks > line, "
                              f"#{chart} g.{layer}_marks > text').length")


async def changed(tab, action):
    """Runs a script that makes the page draw again, and waits until it has."""
    before = await tab.evaluate(READY)
    await tab.evaluate(action)
    await tab.until(f"{READY} > {before}")


async def check_charts(tab, data):
    """As many marks as there are figures to draw; a chart without any is hidden."""
    rows, shapes = data["rows"], data["shapes"]
    metric = next((one["name"] for one in data["metrics"] if one["headline"]), data["metrics"][0]["name"] if data["metrics"] else None)
    first = [row["timings"][0] if row["timings"] else None for row in rows]
    plotted = [row for row, timing in zip(rows, first) if timing and metric and row["figures"][metric]["value"] is not None]
    cells = sum(1 for row in rows for timing in row["timings"] if timing and timing["speedup"] is not None)
    sampled = [timing for timing in first if timing and timing["sample"]]
    found = {"points": await marks(tab, "chart-front", "points"), "cells": await marks(tab, "chart-speedup", "cells"),
             "boxes": await marks(tab, "chart-distribution", "boxes")}
    assert found == {"points": len(plotted), "cells": cells, "boxes": len(sampled)}, found
    # At most one forward of a hundred lies beyond the axis.
    ticks, forwards = await marks(tab, "chart-distribution", "forwards"), sum(len(one["sample"]) for one in sampled)
    assert forwards * 0.97 <= ticks <= forwards, (ticks, forwards)
    lines = await marks(tab, "chart-scaling", "points")
    timed = sum(1 for row in rows for timing in row["timings"] if timing and timing["mean"] is not None)
    assert lines == (timed if len(shapes) > 1 else 0), (lines, timed)
    loads = sum(1 for row in rows for load, figures in zip(data["loads"], row["streams"]) if figures and load["shape"] == 0)
    assert await tab.evaluate("document.querySelectorAll('#streams tbody tr').length") == loads
    hidden = await tab.evaluate("[...document.querySelectorAll('main > section')].filter((one) => one.hidden).map((one) => one.id)")
    wanted = {"front-section": not plotted, "speedup-section": not cells, "scaling-section": len(shapes) < 2 or not timed,
              "distribution-section": not sampled, "streams-section": not loads}
    assert {one for one in hidden if one in wanted} == {name for name, value in wanted.items() if value}, hidden


async def check_table(tab, data):
    everything = await tab.evaluate(ROWS)
    assert len(everything) == len(data["rows"])
    heads = await tab.evaluate("[...document.querySelectorAll('#rows thead button')].map((one) => one.textContent)")
    assert "speedup" in heads and "row" in heads, heads
    column = heads.index("speedup")

    def speedups(rows):
        return [float(re.match(r"[\d.]+", row[column]).group()) for row in rows if row[column] != "–"]

    # A figure's first click puts the largest first; the second, here by keyboard, the smallest.
    await tab.evaluate(f"document.querySelectorAll('#rows thead button')[{column}].click()")
    rows = await tab.evaluate(ROWS)
    assert speedups(rows) == sorted(speedups(rows), reverse=True) and len(speedups(rows)) > 1
    assert [row[column] for row in rows][len(speedups(rows)):] == ["–"] * (len(rows) - len(speedups(rows)))
    assert await tab.evaluate(f"document.querySelectorAll('#rows th')[{column}].getAttribute('aria-sort')") == "descending"
    await tab.key("Enter", 13)
    rows = await tab.evaluate(ROWS)
    assert speedups(rows) == sorted(speedups(rows)), "the focus did not stay on the heading, or Enter did not sort"
    assert await tab.evaluate(f"document.querySelectorAll('#rows th')[{column}].getAttribute('aria-sort')") == "ascending"

    word = data["rows"][-1]["name"].split()[0].split("+")[0][:6]
    await tab.evaluate("document.getElementById('filter').value = " + json.dumps(word) +
                       "; document.getElementById('filter').dispatchEvent(new Event('input'))")
    filtered = await tab.evaluate(ROWS)
    assert 0 < len(filtered) < len(everything) and all(word.lower() in " ".join(row).lower() for row in filtered), filtered
    assert await tab.evaluate("document.getElementById('count').textContent") == f"{len(filtered)} of {len(everything)} rows"
    await tab.evaluate("document.getElementById('filter').value = ''; document.getElementById('filter').dispatchEvent(new Event('input'))")

    # A row's name marks it in every chart.
    await changed(tab, "document.querySelector('#rows tbody button').click()")
    assert await tab.evaluate("document.querySelectorAll('#rows tr.marked').length") == 1
    assert await tab.evaluate("document.querySelector('#rows tr.marked button').getAttribute('aria-pressed')") == "true"
    await changed(tab, "document.querySelector('#rows tr.marked button').click()")


async def check_looks(tab, page, name):
    """Dark is dark, nothing is wider than a phone, print has no controls."""
    def bright(colour):
        return sum(map(int, re.findall(r"\d+", colour)[:3])) > 380
    colour = "getComputedStyle(document.body).backgroundColor"
    target = os.environ.get("QUANTBENCH_SCREENSHOTS")
    for label, width, medium, dark in (("light", 1200, "", False), ("dark", 1200, "", True), ("phone", 390, "", False), ("print", 760, "print", False)):
        await tab.resize(width, 900)
        await tab.media(medium, dark)
        await tab.open(page)
        await tab.until(f"{READY} >= 1")
        assert bright(await tab.evaluate(colour)) != dark, label
        assert await tab.evaluate("document.documentElement.scrollWidth") <= width, f"{label}: wider than the window"
        shown = await tab.evaluate("getComputedStyle(document.querySelector('.controls')).display")
        assert (shown == "none") == (label == "print"), (label, shown)
        if target:
            height = await tab.evaluate("document.documentElement.scrollHeight")
            await tab.resize(width, height)
            await tab.screenshot(f"{target}/{name}-{label}.png")
        assert not tab.messages, tab.messages
    await tab.media()
    await tab.resize(1200, 900)
    await tab.evaluate("document.getElementById('theme').click(); document.getElementById('theme').click()")
    assert not bright(await tab.evaluate(colour)), "the button does not reach dark"
    dark = await tab.evaluate(COLOURS)
    await tab.media("print", True)
    assert bright(await tab.evaluate(colour)), "dark is printed"
    await tab.media("", True)
    await tab.evaluate("document.getElementById('theme').click()")
    assert await tab.evaluate(COLOURS) == dark, "the system's dark is not the button's"
    await tab.media()
    light = await tab.evaluate(COLOURS)
    assert len(light) > 20 and all(light[name] and dark[name] not in ("", light[name]) for name in light), (light, dark)


async def check(tab, page, name, looks=False):
    text = page.read_text()
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", re.sub(
        r"<script>.*?</script>", "", text, flags=re.S)), "the page refers to another file"
    style = re.sub(r"/\*.*?\*/", "", re.search(r"<style>(.*?)</style>", text, re.S).group(1), flags=re.S)
    assert "light-dark(" not in style and "color-mix(" not in style, "older browsers have no such function"
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))
    await tab.resize(1200, 900)
    await tab.media()
    await tab.open(page)
    await tab.until(f"{READY} >= 1")
    assert not tab.messages, tab.messages
    await check_charts(tab, data)
    if sum(1 for row in data["rows"] for timing in row["timings"][:1] if timing and timing["speedup"] is not None) > 1:
        await check_table(tab, data)
    assert await tab.evaluate("document.images.length") == 0, "text of the user became markup"
    assert await tab.evaluate("document.querySelectorAll('script').length") == text.count("<script"), "a script came in"
    if looks:
        await check_looks(tab, page, name)
    assert not tab.messages, tab.messages
    print(name, len(data["rows"]), "rows,", len(data["shapes"]), "shapes")
    return data


async def check_answer(tab, page, data):
    """The answer on top is the fastest quantized row within the budget, worked out here a second time."""
    await tab.open(page)
    await tab.until(f"{READY} >= 1")
    for budget in (0, 0.7, 1, 5):
        await changed(tab, f"document.getElementById('budget').value = '{budget}';"
                           "document.getElementById('budget').dispatchEvent(new Event('input'))")
        within = [row for row in data["rows"] if row["kind"] == "quantized" and row["timings"][0]
                  and row["figures"]["accuracy"]["change"] >= -budget / 100 - 1e-12]
        shown = await tab.evaluate("document.querySelector('#answer .name').textContent")
        if within:
            best = min(within, key=lambda row: row["timings"][0]["mean"])
            assert shown == best["name"], (budget, shown, best["name"])
            assert f"{best['timings'][0]['speedup']:.2f}× as fast" in await tab.evaluate("document.getElementById('answer').textContent")
        else:
            assert await tab.evaluate("document.getElementById('answer').className.includes('none')")


async def check_machines(tab, page, data):
    """Of two machines each has a line over its own original, and the name of one shows its rows."""
    lines = "[...document.querySelectorAll('#machines tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))"
    await tab.open(page)
    await tab.until(f"{READY} >= 1")
    shown = await tab.evaluate(lines)
    assert [line[0] for line in shown] == [data["machine_name"], data["others"][0]["machine_name"]], shown
    best = [max((row for row in machine["rows"] if row["kind"] == "quantized" and row["timings"][0]
                 and row["figures"]["accuracy"]["change"] >= -0.01 - 1e-12), key=lambda row: row["timings"][0]["speedup"])
            for machine in (data, data["others"][0])]
    for line, row in zip(shown, best):
        assert line[1] == row["name"] and line[4].startswith(f"{row['timings'][0]['speedup']:.2f}×"), (line, row["name"])
        assert abs(float(line[6].split()[0]) / row["costs"][0]["million"] - 1) < 0.01, (line, row["costs"])
    assert shown[0][2] != shown[1][2]
    assert await tab.evaluate("document.querySelector('#machines tr.marked a').textContent") == data["machine_name"]
    await tab.evaluate("document.querySelectorAll('#machines a')[1].click()")
    await tab.until(f"{READY} >= 1 && document.querySelector('#machines tr.marked a')?.textContent === {json.dumps(data['others'][0]['machine_name'])}")
    assert await tab.evaluate("document.querySelector('#answer .name').textContent") == best[1]["name"]
    assert len(await tab.evaluate(ROWS)) == len(data["others"][0]["rows"])
    assert not tab.messages, tab.messages


def timing(batch, length, mean):
    latencies = [mean * (1 + 0.01 * ((7 * i) % 11)) for i in range(300)]
    return {"batch_size": batch, "input_length": length, "nb_forwards": 300, "throughput": 1000 / mean,
            "latency_mean": mean, "latency_std": 0.1, "latency_50": mean, "latency_90": mean,
            "latency_95": mean, "latency_99": mean, "latency_999": mean, "latencies": latencies}


def under_load(batch, length, streams, mean):
    return {"streams": streams, "batch_size": batch, "input_length": length, "nb_forwards": 300, "latency_mean": mean,
            "samples_per_second": 1000 * batch * streams / mean, "latency_50": mean, "latency_90": mean, "latency_95": mean,
            "latency_99": 2 * mean, "peak_memory_bytes": 10**8 * streams, "joules_per_sample": 0.02 if streams > 1 else None}


def generated(template, kinds, hostile="", batches=(1, 8), lengths=(32, 64, 128)):
    """Results of `kinds` configurations; the last one failed."""
    results = json.loads(json.dumps(template))
    results["spec"].update(name_or_path="org/model" + hostile, batch_sizes=list(batches), input_lengths=list(lengths))
    results["benchmarked"] = {"operators_to_quantize": [[f"Op{i}{hostile}"] for i in range(kinds)],
                              "apply_quantization": [False, True]}
    base = template["rows"][0]
    results["rows"] = []
    for i in range(-1, kinds):
        row = json.loads(json.dumps(base))
        row["parameters"] = {"operators_to_quantize": [f"Op{i}{hostile}"] if i >= 0 else None,
                             "apply_quantization": i >= 0}
        row.update(quantized=i >= 0, status="ok", message="", warnings=["careful" + hostile] if i == 0 else [])
        if i < 0:
            row["quantization"] = None
        row["evaluation"]["accuracy"] = 0.9 - 0.003 * (i + 1)
        row["timings"] = [timing(b, n, b * n / 10 / (1 + 0.1 * (i + 1))) for b in batches for n in lengths]
        if kinds < 100:
            row["streams"] = [under_load(b, n, streams, b * n / 10) for b in batches for n in lengths for streams in (1, 16)]
        results["rows"].append(row)
    if kinds > 1:
        results["rows"][-1].update(status="failed", message="out of memory" + hostile, timings=[], evaluation={})
    return results


def searched(template, outcome="shown", hostile=""):
    """Results of a search: three finalists, one candidate that lost too much and one that was slow."""
    results = generated(template, 3, hostile)
    results["rows"][-1].update(status="skipped", message="loses 0.03 on 100 samples" + hostile)

    def step(kind, candidate, verdict, reason, **figures):
        empty = dict.fromkeys(("loss", "loss_low", "loss_high", "speedup", "speedup_low", "speedup_high"))
        return {"kind": kind, "candidate": candidate + hostile, "verdict": verdict, "reason": reason + hostile, "samples": 100,
                "operators_in_float": 0, "seconds": 1.5} | empty | figures
    results["tuning"] = {
        "figure": "accuracy", "objective": "latency", "max_drop": 0.02, "max_drop_is_relative": False, "budget": 0.02, "seed": 42,
        "search_samples": 436, "confirmation_samples": 436, "finished": True, "unfinished_reason": "", "outcome": outcome,
        "row": 1, "loss": 0.003, "bound": 0.009, "confidence": 0.95, "samples_needed": None, "refused": "", "tied": [2],
        "steps": [step("evaluate", "static", "stopped", "loses 0.03", loss=0.03, loss_low=0.022, loss_high=0.04, speedup=3.0),
                  step("evaluate", "collapsed", "stopped", "loses 0.4", loss=0.4, loss_low=0.3, loss_high=0.5, speedup=3.5),
                  step("time", "slow", "stopped", "0.80 x faster", loss=0.001, loss_low=-0.01, loss_high=0.02, speedup=0.8),
                  step("mixed", "static, 3 operators in float", "goes on", "loses nothing", operators_in_float=3, samples=436),
                  step("confirm", "dynamic", "chosen", "loses at most 0.009", loss=0.003, loss_low=0.003, loss_high=0.009,
                       speedup=1.1, speedup_low=1.05, speedup_high=1.15, samples=436)]}
    return results


async def check_search(tab, scratch, template):
    """The answer is the search's for its own budget; the path has every step; stopped candidates are light points."""
    page = write_report(searched(template), scratch / "searched")
    await tab.open(page)
    await tab.until(f"{READY} >= 1")
    data = json.loads(re.search(r'id="data">(.*?)</script>', page.read_text(), re.S).group(1))
    answer = "document.getElementById('answer').textContent"
    name = "document.querySelector('#answer .name').textContent"
    chosen = data["rows"][data["search"]["row"]]["name"]
    assert await tab.evaluate("document.getElementById('budget').value") == "2"
    assert await tab.evaluate(name) == chosen
    text = await tab.evaluate(answer)
    assert "The search chose" in text and "loses at most 0.009 with 95 % confidence on 436 samples" in text, text
    path = await tab.evaluate("[...document.querySelectorAll('#search tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))")
    assert len(path) == 5 and path[0][0] == "1. static" and path[4][0] == "5. dynamic", path
    assert any("0.0300 0.0220 to 0.0400" in cell for cell in path[0]), path[0]
    # Rows with figures, and those stopped that do not lose much more.
    plotted = sum(1 for row in data["rows"] if row["timings"][0] and row["figures"]["accuracy"]["value"] is not None)
    assert await marks(tab, "chart-front", "points") == plotted + 2
    # Of another budget the rows say it, without a proof.
    await changed(tab, "document.getElementById('budget').value = '1';"
                       "document.getElementById('budget').dispatchEvent(new Event('input'))")
    text = await tab.evaluate(answer)
    assert "The search chose" not in text and "without a proof" in text, text
    await check_looks(tab, page, "searched")
    outside = write_report(searched(template, "outside"), scratch / "outside")
    await tab.open(outside)
    await tab.until(f"{READY} >= 1")
    assert "the original stays" in await tab.evaluate(answer)
    assert await tab.evaluate("document.getElementById('answer').className.includes('none')")
    await tab.open(write_report(searched(template, "not_better"), scratch / "not-better"))
    await tab.until(f"{READY} >= 1")
    text = await tab.evaluate(answer)
    assert "is faster than the original, so the original stays. The best of them:" in text, text
    hostile = write_report(searched(template, hostile=HOSTILE), scratch / "hostile-search")
    await tab.open(hostile)
    await tab.until(f"{READY} >= 1")
    assert await tab.evaluate("document.images.length") == 0, "text of the user became markup"
    nothing = searched(template, "nothing")
    nothing["tuning"]["row"] = -1
    await tab.open(write_report(nothing, scratch / "nothing"))
    await tab.until(f"{READY} >= 1")
    assert "No candidate ran" in await tab.evaluate(answer)
    assert not tab.messages, tab.messages
    print("searched", len(path), "steps")


async def run(scratch):
    os.environ["QUANTBENCH_STORE"] = str(scratch / "store.sqlite")
    os.environ["QUANTBENCH_CACHE"] = str(scratch / "cache")
    demo = scratch / "demo"
    subprocess.run([PROGRAM, "demo", "--out", str(demo)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not (demo / "report.html").exists():
        print("built without the chart libraries: run scripts/bootstrap and build again")
        return 77
    async with Browser() as tab:
        data = await check(tab, demo / "report.html", "demo", looks=True)
        assert any("Nothing was quantized" in notice["text"] for notice in data["notices"]), data["notices"]
        template = json.loads((demo / "results.json").read_text())
        few = write_report(generated(template, 4), scratch / "few")
        data = await check(tab, few, "few")
        assert data["rows"][1]["timings"][0]["speedup"] is not None
        assert any("out of memory" in notice["text"] for notice in data["notices"])
        await check_answer(tab, few, data)
        assert await tab.evaluate("document.getElementById('search-section').hidden"), "a grid has no search"
        await check_search(tab, scratch, template)
        await check(tab, write_report(generated(template, 4, HOSTILE), scratch / "hostile"), "hostile", looks=True)
        joint = generated(template, 4)
        joint["spec"]["price_per_hour"] = {"any": 0.5}
        joint["other_machines"] = [generated(template, 3) | {"spec": joint["spec"], "machine": {"cpu": "Another CPU" + HOSTILE}}]
        for row in joint["other_machines"][0]["rows"]:
            for one in row["timings"]:
                one.update(timing(one["batch_size"], one["input_length"], one["latency_mean"] * (0.5 if row["quantized"] else 0.8)))
        joint = write_report(joint, scratch / "joint")
        await check_machines(tab, joint, await check(tab, joint, "joint", looks=True))
        await check(tab, write_report(generated(template, 100), scratch / "many"), "many", looks=True)
        await check(tab, write_report(generated(template, 2, batches=range(1, 41), lengths=[128]), scratch / "batches"), "batches", looks=True)
        await check(tab, write_report(generated(template, 1, batches=[1], lengths=[32]), scratch / "one"), "one")
        for card in sorted((pathlib.Path(__file__).parent.parent / "data/cards").glob("*.txt")):
            page = scratch / (card.stem + ".html")
            subprocess.run([PROGRAM, "report", str(card), "--format", "html", "-o", str(page)], check=True)
            data = await check(tab, page, card.stem[:3], looks=card.stem.startswith("002"))
            assert data["rows"][0]["kind"] == "original"
    return 0


def main():
    if browser.PROGRAM is None:
        print("no Chromium: run scripts/bootstrap --tests")
        return 77
    with tempfile.TemporaryDirectory() as scratch:
        return asyncio.run(run(pathlib.Path(scratch)))


if __name__ == "__main__":
    sys.exit(main())
