"""Framework pytorch's float32 latency against eager PyTorch from Python (transformers): the same checkpoint, inputs and
number of threads, interleaved in one run. Goal: within 10 % everywhere.

    .venv/bin/python bench/torch_latency.py [--models sst2-minilm distilbert vit] [--threads 1 2] [--batch_sizes 1 4 8]
                                            [--lengths 32 128] [--seconds 8]

The models are the real sst2-minilm (where QUANTBENCH_REAL_ASSETS, default ../shared/real, has it), and a DistilBERT-base and
a ViT-base of random weights. Each side runs a block of forwards in turn, ours first in even rounds, theirs first in odd
ones, until `seconds` have passed; the ratio is that of the medians over all forwards.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import torch
import transformers

ROOT = Path(__file__).resolve().parents[1]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
BUILD = ROOT / "build"
CLASSES = {"text-classification": transformers.AutoModelForSequenceClassification,
           "image-classification": transformers.AutoModelForImageClassification}


class Ours:
    """The helper build/tests/tools/runtime_dump, which keeps the session open and times bound runs."""

    def __init__(self, tool, directory, task, threads, inputs):
        self.process = subprocess.Popen([tool], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=dict(os.environ, QUANTBENCH_PLUGINS=str(BUILD)))
        self.request = dict(runtime="pytorch", model=str(directory), task=task, threads=threads, inputs=[
            dict(name=name, shape=list(value.shape)) | {"values" if value.is_floating_point() else "ids": value.flatten().tolist()}
            for name, value in inputs.items()])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def __call__(self, repeat):
        self.process.stdin.write(json.dumps(self.request | dict(repeat=repeat)) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise SystemExit(answer["error"])
        self.logits = torch.tensor(answer["outputs"]["logits"]["values"])
        return answer["milliseconds"]


class Theirs:
    def __init__(self, directory, task, inputs):
        self.model = CLASSES[task].from_pretrained(directory, dtype=torch.float32).eval()
        self.inputs = inputs

    def __call__(self, repeat):
        times = []
        with torch.inference_mode():
            for _ in range(repeat + 1):
                start = time.perf_counter()
                self.logits = self.model(**self.inputs).logits.flatten()
                times.append((time.perf_counter() - start) * 1000)
        return times[1:]  # ours, too, runs once before it is timed


def inputs_for(directory, batch_size, length):
    config = transformers.AutoConfig.from_pretrained(directory)
    generator = torch.Generator().manual_seed(0)
    if config.model_type == "vit":
        return dict(pixel_values=torch.rand((batch_size, 3, config.image_size, config.image_size), generator=generator))
    ids = torch.randint(1000, 2000, (batch_size, length), generator=generator)
    inputs = dict(input_ids=ids, attention_mask=torch.ones_like(ids))
    if config.model_type == "bert":
        inputs["token_type_ids"] = torch.zeros_like(ids)
    return inputs


def compare(name, directory, task, threads, batch_size, length, arguments):
    """The ratio of the medians."""
    torch.set_num_threads(threads)
    inputs = inputs_for(directory, batch_size, length)
    with Ours(arguments.tool, directory, task, threads, inputs) as ours:
        theirs = Theirs(directory, task, inputs)
        sides = [(ours, []), (theirs, [])]
        for side, _ in sides:
            side(2)
        difference = (ours.logits - theirs.logits).abs().max().item()
        assert difference < 1e-4, f"the two do not compute the same: {difference}"
        repeat = max(1, min(20, int(80 / min(theirs(2)))))  # short blocks: whatever disturbs one side disturbs the other
        end = time.monotonic() + arguments.seconds
        turn = 0
        while time.monotonic() < end or turn < 6:
            for side, times in sides[:: 1 if turn % 2 == 0 else -1]:
                times.extend(side(repeat))
            turn += 1
    medians = [statistics.median(times) for _, times in sides]
    tenths = [sorted(times)[len(times) // 10] for _, times in sides]
    size = "224 x 224" if task == "image-classification" else f"{length:4} tokens"
    print(f"{name:12} {threads} thread(s), {batch_size} x {size:10}: quantbench {medians[0]:8.2f} ms, "
          f"Python {medians[1]:8.2f} ms, ratio {medians[0] / medians[1]:.3f} "
          f"(of the tenth percentiles {tenths[0] / tenths[1]:.3f}), {len(sides[0][1])} forwards each", flush=True)
    return medians[0] / medians[1]


def make_model(name, directory):
    """The directory of the model and its task."""
    torch.manual_seed(0)
    if name == "distilbert":
        transformers.DistilBertForSequenceClassification(transformers.DistilBertConfig()).save_pretrained(directory)
        return directory, "text-classification"
    if name == "vit":
        transformers.ViTForImageClassification(transformers.ViTConfig()).save_pretrained(directory)
        return directory, "image-classification"
    return REAL / name, "text-classification"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", type=Path, default=BUILD / "tests" / "tools" / "runtime_dump")
    parser.add_argument("--models", nargs="+", default=["sst2-minilm", "distilbert", "vit"])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--batch_sizes", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--lengths", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--seconds", type=float, default=8)
    arguments = parser.parse_args()
    transformers.utils.logging.disable_progress_bar()
    print(f"PyTorch {torch.__version__} in Python, {torch.backends.cpu.get_cpu_capability()}")
    ratios = []
    for name in arguments.models:
        if name == "sst2-minilm" and not (REAL / name).is_dir():
            print("sst2-minilm not found; set QUANTBENCH_REAL_ASSETS")
            continue
        with tempfile.TemporaryDirectory() as scratch:
            directory, task = make_model(name, scratch)
            for threads in arguments.threads:
                for batch_size in arguments.batch_sizes:
                    for length in arguments.lengths[: 1 if name == "vit" else None]:
                        ratios.append(compare(name, directory, task, threads, batch_size, length, arguments))
    print(f"largest ratio {max(ratios):.3f} (goal: at most 1.10), median {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()
