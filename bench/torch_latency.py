"""Framework pytorch's float32 latency against eager PyTorch from Python (transformers): the same checkpoint, inputs and
number of threads, interleaved in one run. Goal: within 10 %.

    .venv/bin/python bench/torch_latency.py [--checkpoint DIRECTORY] [--rounds 10] [--repeat 20] [--threads 1]

Without --checkpoint: the real sst2-minilm (where QUANTBENCH_REAL_ASSETS, default ../shared/real, has it) and a
DistilBERT-base of random weights. Each side runs `repeat` forwards a round, ours first in even rounds, theirs first in odd
ones; the ratio is that of the medians over all rounds.
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
TASK = "text-classification"


class Ours:
    """The helper build/tests/tools/runtime_dump, which keeps the session open and times bound runs."""

    def __init__(self, tool, directory, threads, inputs):
        self.process = subprocess.Popen([tool], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.request = dict(runtime="pytorch", model=str(directory), task=TASK, threads=threads, inputs=[
            dict(name=name, shape=list(value.shape), ids=value.flatten().tolist()) for name, value in inputs.items()])

    def __call__(self, repeat):
        self.process.stdin.write(json.dumps(self.request | dict(repeat=repeat)) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise SystemExit(answer["error"])
        self.logits = torch.tensor(answer["outputs"]["logits"]["values"])
        return answer["milliseconds"]


class Theirs:
    def __init__(self, directory, inputs):
        self.model = transformers.AutoModelForSequenceClassification.from_pretrained(directory, dtype=torch.float32).eval()
        self.inputs = inputs

    def __call__(self, repeat):
        times = []
        with torch.inference_mode():
            for _ in range(repeat + 1):
                start = time.perf_counter()
                self.logits = self.model(**self.inputs).logits.flatten()
                times.append((time.perf_counter() - start) * 1000)
        return times[1:]  # ours, too, runs once before it is timed


def compare(name, directory, arguments):
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(1000, 2000, (arguments.batch_size, arguments.length), generator=generator)
    inputs = dict(input_ids=ids, attention_mask=torch.ones_like(ids))
    if transformers.AutoConfig.from_pretrained(directory).model_type == "bert":
        inputs["token_type_ids"] = torch.zeros_like(ids)
    ours, theirs = Ours(arguments.tool, directory, arguments.threads, inputs), Theirs(directory, inputs)
    sides = {"quantbench": (ours, []), "PyTorch from Python": (theirs, [])}
    for side, _ in sides.values():
        side(2)
    assert torch.allclose(ours.logits, theirs.logits, atol=1e-4), "the two do not compute the same"
    for turn in range(arguments.rounds):
        for side, times in list(sides.values())[:: 1 if turn % 2 == 0 else -1]:
            times.extend(side(arguments.repeat))
    medians = {side: statistics.median(times) for side, (_, times) in sides.items()}
    for side, (_, times) in sides.items():
        tenth = sorted(times)[len(times) // 10]
        print(f"{name:24} {side:20} median {medians[side]:8.2f} ms  tenth percentile {tenth:8.2f} ms")
    print(f"{name:24} ratio of medians {medians['quantbench'] / medians['PyTorch from Python']:.3f} (goal: at most 1.10)")


def random_distilbert(directory):
    torch.manual_seed(0)
    transformers.DistilBertForSequenceClassification(transformers.DistilBertConfig()).save_pretrained(directory)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", type=Path, default=ROOT / "build" / "tests" / "tools" / "runtime_dump")
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch_size", type=int, default=1)
    parser.add_argument("--length", type=int, default=32)
    arguments = parser.parse_args()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(arguments.threads)
    print(f"PyTorch {torch.__version__} in Python, {arguments.threads} thread(s), "
          f"{arguments.batch_size} x {arguments.length} tokens")
    if arguments.checkpoint:
        compare(arguments.checkpoint.name, arguments.checkpoint, arguments)
        return
    if (REAL / "sst2-minilm").is_dir():
        compare("sst2-minilm", REAL / "sst2-minilm", arguments)
    with tempfile.TemporaryDirectory() as directory:
        random_distilbert(directory)
        compare("random DistilBERT-base", directory, arguments)


if __name__ == "__main__":
    main()
