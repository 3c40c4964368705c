"""`quantbench tune`, compared with NNCF's quantize_with_accuracy_control on OpenVINO and with Optuna over ONNX Runtime's Python
tools: wall time, latency of what is found, and accuracy on samples that no search has seen.

    .venv/bin/python -m pip install --no-deps --target .venv/bench -r bench/requirements.txt
    .venv/bin/python bench/tune.py [--cases sst2 conll digits conll-0 loud] [--peers nncf optuna] [--trials 30]
        [--starts 2] [--rounds 8] [--seconds 0.12] [--json FILE]

| case | model | budget |
|---|---|---|
| sst2, conll, digits | the real MiniLMs and ViT | 0.01 |
| conll-0 | the MiniLM of CoNLL | 0 |
| loud | SST-2's MiniLM, made to collapse in eight bits (loud_model.py) | 0.01 |

All searches see the same samples, which `quantbench tune` takes for its search. All results are evaluated on its confirmation
samples, by one loop in Python, without padding. Latencies are measured in turn with forward_loop.py, at one sample (of 128 tokens)
on all cores. The wall time of ours is the whole process with an empty store and cache. The peers' times leave out the start of
Python and its imports. NNCF ends when it has its model; it does not prove it on other samples, and does not time it. So its wall time
is also compared with the time until ours handed over the model that it chose in the end. Optuna stops at its first model that is as
fast as ours within the budget. A peer is ended after --patience times our wall time.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import loud_model
import real_cases
from real_cases import CASES, REAL, ROOT, Loud, figure, has_vnni, paired_difference, predict

real_cases.find_peers()

import numpy as np  # noqa: E402

from forward_loop import logits_of  # noqa: E402
from interleaved import Ratios, in_python, measure  # noqa: E402
from paired_timing import other_load  # noqa: E402

CORES = len(os.sched_getaffinity(0))
TUNE = "quantbench tune"
BUDGETS = {"sst2": 0.01, "conll": 0.01, "digits": 0.01, "conll-0": 0, "loud": 0.01}
LONGEST, AGAINST_FLOAT, AGAINST_NNCF, FASTER = 180, 0.33, 1.05, 5
OUTSIDE = 5  # the exit status of `tune` where no model is within the budget


def case_of(name, scratch):
    if name == "loud":
        return Loud(loud_model.make(REAL / "sst2-minilm", scratch / "loud"))
    return CASES[name.split("-")[0]]()


def chosen(results):
    """Parameters of the row that `quantbench tune` has chosen; None: none."""
    tuning = results["tuning"]
    return results["rows"][tuning["row"]]["parameters"] if tuning["outcome"] in ("shown", "not_shown") else None


def changed_at(path):
    """In ns; None: it is not there."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def tune(case, budget, arguments, scratch):
    """What `quantbench tune` found: wall time, when it had handed over the model, its results, runtime and path of the model."""
    out = scratch / "tune"
    command = [arguments.program, "tune", case.checkpoint, "--dataset", case.data, "--max-drop", budget, "--out", out,
               "--store", scratch / "store.sqlite", "--cache", scratch / "cache", *arguments.tune_flags.split()]
    if case.task != "image-classification":
        command += ["--shape", f"1x{case.length}"]
    said, complaints, path = scratch / "said", scratch / "complaints", out / "results.json"
    handed_over, known = {}, None
    with said.open("w") as output, complaints.open("w") as errors:
        start = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=errors)
        while process.poll() is None:
            time.sleep(0.1)
            # results.json is written before the model. To read it again and again would slow the search down.
            made = changed_at(out / "model")
            if made and made != known:
                known = made
                handed_over.setdefault(json.dumps(chosen(json.loads(path.read_text()))), time.perf_counter() - start)
        seconds = time.perf_counter() - start
    if process.returncode not in (0, OUTSIDE):
        sys.exit(complaints.read_text().strip() or f"tune ended with {process.returncode}")
    results = json.loads(path.read_text())
    model, parameters = None, chosen(results)
    if parameters:
        (path,) = (out / "model").glob("*.onnx")
        model = (parameters["framework"], str(path),
                 parameters.get("framework_args", {}).get("inference_precision") or "f32")
    return dict(seconds=seconds, handed_over=handed_over.get(json.dumps(parameters), seconds), tuning=results["tuning"],
                model=model, said=said.read_text())


def ask_peer(peer, job, scratch, longest):
    """What the peer made. It is ended after `longest` seconds; what it printed by then is known."""
    path = scratch / f"{peer}.json"
    path.write_text(json.dumps(job | dict(out=str(scratch / peer))))
    command = [sys.executable, Path(__file__).with_name("tune_peers.py"), peer, path]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=longest)
    except subprocess.TimeoutExpired as ended:
        known = (ended.stdout or b"{}").decode().splitlines()[-1]
        return dict(seconds=longest, path=None, in_float="", reached=False, default_loss=float("nan"),
                    note="ended without a model") | json.loads(known)
    if done.returncode != 0:
        sys.exit(done.stderr.strip()[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def operators_in_float(tuning):
    mixed = [step for step in tuning["steps"] if step["operators_in_float"]]
    if not mixed:
        return "0"
    chosen = [step for step in mixed if step["verdict"] == "chosen"]
    return str((chosen or mixed)[-1]["operators_in_float"]) if chosen else f"0 ({len(mixed)} mixed models tried)"


class Comparison:
    def __init__(self, name, arguments, ratios, scratch):
        self.name, self.arguments, self.ratios, self.scratch = name, arguments, ratios, scratch
        self.case, self.budget = case_of(name, scratch), BUDGETS[name]
        self.goals = []

    def run(self):
        source = self.scratch / "float.onnx"
        self.case.export(self.arguments.program, source)
        self.ours = tune(self.case, self.budget, self.arguments, self.scratch)
        tuning = self.ours["tuning"]
        references, inputs = self.case.samples("validation")
        order = np.random.default_rng(tuning["seed"]).permutation(len(inputs)).tolist()
        search = order[:tuning["search_samples"]]
        confirmation = order[len(search):len(search) + tuning["confirmation_samples"]]
        models = {"float32": ("onnxruntime", str(source), "f32")}
        if self.ours["model"]:
            models[TUNE] = self.ours["model"]
        mine = models.get(TUNE, models["float32"])
        job = dict(case=self.name.split("-")[0], checkpoint=str(self.case.checkpoint), source=str(source), search=search,
                   budget=tuning["budget"], trials=self.arguments.trials, ours=mine)
        longest = self.arguments.patience * self.ours["seconds"]
        self.peers = {peer: ask_peer(peer, job, self.scratch, longest) for peer in self.arguments.peers}
        for peer, made in self.peers.items():
            if made["path"]:
                models[peer] = (made["runtime"], made["path"], "f32")
        expected = [references[number] for number in confirmation]
        given = [inputs[number] for number in confirmation]
        self.outcomes = {name: self.case.outcomes(predict(logits_of(runtime, path, CORES, precision), given), expected)
                         for name, (runtime, path, precision) in models.items()}
        sides = lambda: {name: in_python(runtime, path, CORES, precision) for name, (runtime, path, precision) in models.items()}
        times = measure(sides, {"shape": self.case.timed(1)}, self.arguments.starts, self.arguments.rounds, self.arguments.seconds)
        reference = TUNE if TUNE in models else "float32"
        pairs = [(reference, name) for name in models if name != reference]
        found = self.ratios([(times["shape", one], times["shape", other]) for one, other in pairs]) if pairs else []
        self.latency = {other: ratio for (_, other), ratio in zip(pairs, found)}
        self.report()
        self.judge()
        return dict(case=self.name, ours=self.ours, peers=self.peers, latency=self.latency, goals=self.goals,
                    figures={name: figure(one) for name, one in self.outcomes.items()})

    def report(self):
        tuning = self.ours["tuning"]
        print(f"\n{self.case.name}, max-drop {self.budget:g} of {tuning['figure']}: {tuning['outcome'].replace('_', ' ')}; "
              f"{tuning['search_samples']} search and {tuning['confirmation_samples']} confirmation samples")
        print(f"{'':18} {'wall s':>8} {'of ours':>8}  {'latency: ours / this':24} {self.case.metric:>10}  "
              f"{'loss (95 % interval)':28} in float")
        answer = re.search(r"^(best|out|tied) .*?(?=^$|\Z)", self.ours["said"], re.M | re.S)
        print(answer.group().rstrip() if answer else self.ours["said"].rstrip())
        original = self.outcomes["float32"]
        lines = {"float32": None, TUNE: self.ours} | self.peers
        for name, made in lines.items():
            seconds = f"{made['seconds']:8.1f} {made['seconds'] / self.ours['seconds']:8.2f}" if made else " " * 17
            ratio = "{:.3f} ({:.3f} to {:.3f})".format(*self.latency[name]) if name in self.latency else ""
            if name in self.outcomes:
                value, low, high = paired_difference(original, self.outcomes[name])
                loss = f"{value:+.4f} ({low:+.4f} to {high:+.4f})" if made else ""
                scored = f"{figure(self.outcomes[name]):10.4f}"
            else:
                loss, scored = "no model within the budget", " " * 10
            in_float = "" if not made else operators_in_float(tuning) if name == TUNE else made["in_float"]
            note = made.get("note", "") if made else ""
            print(f"{name:18} {seconds}  {ratio:24} {scored}  {loss:28} {in_float}{'; ' if in_float and note else ''}{note}")

    def goal(self, text, reached):
        self.goals.append((text, bool(reached)))
        print(f"goal: {text}: {'reached' if reached else 'not reached'}")

    def judge(self):
        tuning, seconds = self.ours["tuning"], self.ours["seconds"]
        self.goal("within the budget on the confirmation samples", tuning["outcome"] in ("shown", "not_shown"))
        if self.name in ("sst2", "conll") and CORES <= 2:
            self.goal(f"tune ends in {LONGEST} s ({seconds:.0f} s)", seconds <= LONGEST)
        if self.name in ("sst2", "conll") and has_vnni() and self.ours["model"]:
            value = self.latency["float32"][0]
            self.goal(f"latency at most {AGAINST_FLOAT} of float32 in ONNX Runtime ({value:.3f})", value <= AGAINST_FLOAT)
        nncf = self.peers.get("nncf")
        if nncf and self.ours["model"]:
            value, low, _ = self.latency.get("nncf", (float("nan"), 0, 0))
            if self.name == "digits":
                self.goal(f"latency at most {AGAINST_NNCF} of NNCF ({value:.3f})", value <= AGAINST_NNCF)
            ratio = nncf["seconds"] / seconds
            lowest = paired_difference(self.outcomes["float32"], self.outcomes["nncf"])[1] if nncf["path"] else None
            if lowest is not None and lowest > tuning["budget"]:
                print(f"NNCF's accuracy control takes {ratio:.2f} x our wall time to a model that is outside of the budget on the "
                      f"confirmation samples: it loses at least {lowest:.4f}")
            elif nncf["default_loss"] > tuning["budget"]:
                known = self.ours["handed_over"]
                to_model = nncf["seconds"] / known
                self.goal(f"NNCF's default loses {nncf['default_loss']:.4f}; {FASTER} x less wall time than its accuracy control to a "
                          f"model as fast ({value:.3f}): {to_model:.1f} x ({known:.1f} s until it is handed over), and {ratio:.1f} x "
                          "with the proof", to_model >= FASTER and low <= 1)
            else:
                print(f"NNCF's default keeps the budget (loses {nncf['default_loss']:.4f}); its accuracy control takes "
                      f"{ratio:.2f} x our wall time")
        optuna = self.peers.get("optuna")
        if optuna:
            ratio = optuna["seconds"] / seconds
            print(f"Optuna {'reached a model as fast' if optuna['reached'] else 'found no model as fast'} in {ratio:.1f} x our wall "
                  f"time ({optuna['note']})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "quantbench")
    parser.add_argument("--tools", type=Path, default=ROOT / "build" / "tests" / "tools")
    parser.add_argument("--cases", nargs="+", choices=BUDGETS, default=list(BUDGETS))
    parser.add_argument("--peers", nargs="*", choices=["nncf", "optuna"], default=["nncf", "optuna"])
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--patience", type=float, default=10, help="a peer is ended after this many times our wall time")
    parser.add_argument("--starts", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.12, help="of a model in a round")
    parser.add_argument("--tune_flags", default="", help="more flags of `quantbench tune`, in one text")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(f"{CORES} cores; VNNI: {'yes' if has_vnni() else 'no'}; other load {other_load():.2f} cores")
    ratios, results = Ratios(arguments.tools), []
    for name in arguments.cases:
        with tempfile.TemporaryDirectory() as directory:
            results.append(Comparison(name, arguments, ratios, Path(directory)).run())
    reached = [done for result in results for _, done in result["goals"]]
    print(f"\n{sum(reached)} of {len(reached)} goals reached")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1, default=float))


if __name__ == "__main__":
    main()
