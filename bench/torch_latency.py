"""Latency of frameworks pytorch and pytorch_dynamic, compared with PyTorch from Python: same checkpoint, inputs and number of
threads, interleaved in one run. Goal: within 10 % for every model x batch size x length x threads.

    .venv/bin/python bench/torch_latency.py [--models minilm distilbert vit] [--threads 1 2] [--batch_sizes 1 4 8]
                                            [--lengths 32 128] [--rounds 7] [--seconds 0.2] [--json FILE]

Peers of pytorch: transformers with its default attention (sdpa) and with the decomposed one (eager), under
torch.inference_mode. Peer of pytorch_dynamic: torch.ao.quantization.quantize_dynamic of the model with the default attention.
In every round each side runs forwards for `seconds` (at least one, after one that is not timed), in an order that changes every
round. A ratio is ours / theirs, of the medians over all rounds.

Models: `minilm` is the real sst2-minilm (QUANTBENCH_REAL_ASSETS, default ../shared/real); `distilbert` and `vit` have the
default configurations of transformers (base size) and random weights. Images have one size, so `vit` has no lengths.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import torch
import transformers

ROOT = Path(__file__).resolve().parents[1]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
TEXT, IMAGE = "text-classification", "image-classification"
CLASSES = {TEXT: transformers.AutoModelForSequenceClassification, IMAGE: transformers.AutoModelForImageClassification}


class Ours:
    """The helper build/tests/tools/runtime_dump, which keeps the session open and times bound runs."""

    def __init__(self, tool, runtime, directory, task, threads, inputs):
        self.process = subprocess.Popen([tool], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=os.environ | dict(QUANTBENCH_PLUGINS=str(tool.parents[2])))
        self.request = dict(runtime=runtime, model=str(directory), task=task, threads=threads)
        self.ask(0, inputs=[dict(name=name, shape=list(value.shape)) | {
            "values" if value.is_floating_point() else "ids": value.flatten().tolist()} for name, value in inputs.items()])

    def ask(self, repeat, **more):
        self.process.stdin.write(json.dumps(self.request | dict(repeat=repeat) | more) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            sys.exit(answer["error"])
        self.logits = torch.tensor(answer["outputs"]["logits"]["values"])
        return answer["milliseconds"]

    def __call__(self, repeat):
        return self.ask(repeat)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Theirs:
    def __init__(self, model, inputs):
        self.model, self.inputs = model, inputs

    def __call__(self, repeat):
        times = []
        with torch.inference_mode():
            for _ in range(repeat + 1):
                start = time.perf_counter()
                self.logits = self.model(**self.inputs).logits.flatten()
                times.append((time.perf_counter() - start) * 1000)
        return times[1:]  # ours, too, runs once before it is timed

    def close(self):
        pass


def load(directory, task, attention="sdpa"):
    return CLASSES[task].from_pretrained(directory, dtype=torch.float32, attn_implementation=attention).eval()


def quantized(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)


def text_inputs(model, batch, length):
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(1000, 2000, (batch, length), generator=generator)
    inputs = dict(input_ids=ids, attention_mask=torch.ones_like(ids))
    if model.config.model_type == "bert":
        inputs["token_type_ids"] = torch.zeros_like(ids)
    return inputs


def image_inputs(model, batch):
    size = model.config.image_size
    generator = torch.Generator().manual_seed(0)
    return dict(pixel_values=torch.rand(batch, 3, size, size, generator=generator) * 2 - 1)


def assert_same(one, other, tolerance):
    assert torch.allclose(one.logits, other.logits, atol=tolerance), \
        f"the two do not compute the same: {(one.logits - other.logits).abs().max():.1e} apart"


def measure(sides, arguments):
    """Medians in ms."""
    counts, times = {}, {name: [] for name in sides}
    for name, side in sides.items():
        side(1)
        counts[name] = max(1, round(arguments.seconds * 1000 / side(1)[0]))
    for turn in range(arguments.rounds):
        names = list(sides)
        names = names[turn % len(names):] + names[:turn % len(names)]
        for name in names:
            times[name].extend(sides[name](counts[name]))
    return {name: statistics.median(values) for name, values in times.items()}


def compare(name, directory, task, inputs, threads, arguments):
    torch.set_num_threads(threads)
    sides = {
        "pytorch": Ours(arguments.tool, "pytorch", directory, task, threads, inputs),
        "sdpa": Theirs(load(directory, task), inputs),
        "eager": Theirs(load(directory, task, "eager"), inputs),
        "pytorch_dynamic": Ours(arguments.tool, "pytorch_dynamic", directory, task, threads, inputs),
        "quantize_dynamic": Theirs(quantized(load(directory, task)), inputs),
    }
    medians = measure(sides, arguments)
    assert_same(sides["pytorch"], sides["sdpa"], 1e-4)
    assert_same(sides["pytorch_dynamic"], sides["quantize_dynamic"], 1e-2)  # the split of a sum changes a rounding
    for side in sides.values():
        side.close()
    row = dict(case=name, threads=threads, **{f"{side}_ms": round(value, 3) for side, value in medians.items()},
               against_sdpa=round(medians["pytorch"] / medians["sdpa"], 3),
               against_eager=round(medians["pytorch"] / medians["eager"], 3),
               dynamic=round(medians["pytorch_dynamic"] / medians["quantize_dynamic"], 3))
    print(f"{name:24} {threads:7} {medians['pytorch']:10.2f} {row['against_sdpa']:9.3f} {row['against_eager']:9.3f} "
          f"{medians['pytorch_dynamic']:11.2f} {row['dynamic']:9.3f}", flush=True)
    return row


def checkpoints(names):
    """Name, directory and task of each model; the random ones are gone when the generator is."""
    with tempfile.TemporaryDirectory() as scratch:
        torch.manual_seed(0)
        for name in names:
            directory = Path(scratch) / name
            if name == "minilm":
                yield name, REAL / "sst2-minilm", TEXT
            elif name == "distilbert":
                transformers.DistilBertForSequenceClassification(transformers.DistilBertConfig()).save_pretrained(directory)
                yield name, directory, TEXT
            else:
                transformers.ViTForImageClassification(transformers.ViTConfig()).save_pretrained(directory)
                yield name, directory, IMAGE


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", type=Path, default=ROOT / "build" / "tests" / "tools" / "runtime_dump")
    parser.add_argument("--models", nargs="+", choices=["minilm", "distilbert", "vit"], default=["minilm", "distilbert", "vit"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--batch_sizes", nargs="+", type=int, default=[1, 4, 8])
    parser.add_argument("--lengths", nargs="+", type=int, default=[32, 128])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.2)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    transformers.utils.logging.disable_progress_bar()
    print(f"PyTorch {torch.__version__} in Python; ms are ours, ratios ours / theirs (goal: at most 1.10)")
    print(f"{'model, batch x length':24} {'threads':>7} {'pytorch ms':>10} {'/ sdpa':>9} {'/ eager':>9} {'dynamic ms':>11} {'/ theirs':>9}")
    rows = []
    for name, directory, task in checkpoints(arguments.models):
        model = load(directory, task)
        for batch in arguments.batch_sizes:
            shapes = [(f"{name} {batch}", image_inputs(model, batch))] if task == IMAGE else [
                (f"{name} {batch} x {length}", text_inputs(model, batch, length)) for length in arguments.lengths]
            for case, inputs in shapes:
                rows += [compare(case, directory, task, inputs, threads, arguments) for threads in arguments.threads]
    for ratio in ("against_sdpa", "against_eager", "dynamic"):
        values = [row[ratio] for row in rows]
        print(f"{ratio}: median {statistics.median(values):.3f}, worst {max(values):.3f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
