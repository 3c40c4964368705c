"""Dynamic quantization of DistilBERT-base (random weights, 66 million parameters): `quantbench quantize` compared with
onnxruntime.quantization.quantize_dynamic, interleaved in one run.

    .venv/bin/python bench/quantize_dynamic.py [--program build/quantbench] [--runs 5] [--per_channel]

The peer does not run what it wrote, so the ratios are those without the check of ours (--no-verify). Time and processor time:
ours is the whole process; the peer's is the call alone, without the start of Python and its imports.
Processor time does not depend on other load. Memory: the peak resident set of each process (wait4), including mapped files.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from measured_process import measure

ROOT = Path(__file__).resolve().parents[1]

PEER = """
import logging, sys, time
logging.disable(logging.WARNING)
from onnxruntime.quantization import QuantType, quantize_dynamic
start, start_cpu = time.perf_counter(), time.process_time()
quantize_dynamic(sys.argv[1], sys.argv[2], per_channel=sys.argv[3] == "True", weight_type=QuantType.QInt8)
print(time.perf_counter() - start, time.process_time() - start_cpu)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "quantbench")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--per_channel", action="store_true")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as directory:
        source, ours, theirs = (str(Path(directory) / f"{name}.onnx") for name in ("float", "ours", "theirs"))
        subprocess.check_call([sys.executable, str(ROOT / "bench" / "random_transformer.py"), source])
        print(f"model: {os.path.getsize(source) / 2**20:.0f} MiB")
        our_command = [arguments.program, "quantize", source, "-o", ours, "--approach", "dynamic"]
        our_command += ["--per_channel"] * arguments.per_channel
        their_command = [sys.executable, "-c", PEER, source, theirs, str(arguments.per_channel)]
        our_runs, checked_runs, their_runs = [], [], []
        for _ in range(arguments.runs):
            for runs, options in ((our_runs, ["--no-verify"]), (checked_runs, [])):
                seconds, cpu, memory, _ = measure(our_command + options)
                runs.append((seconds, cpu, memory))
            _, _, memory, printed = measure(their_command)
            seconds, cpu = map(float, printed.split()[-2:])
            their_runs.append((seconds, cpu, memory))
    medians = []
    for name, runs in (("quantbench --no-verify", our_runs), ("quantbench, with its check", checked_runs),
                       ("onnxruntime.quantization", their_runs)):
        seconds, cpu, memory = map(statistics.median, zip(*runs))
        medians.append((seconds, cpu, memory))
        print(f"{name:26} time {seconds:7.3f} s  processor {cpu:7.3f} s  peak {memory / 2**20:6.0f} MiB")
    (seconds, cpu, memory), _, (their_seconds, their_cpu, their_memory) = medians
    print(f"medians of {arguments.runs}: {their_seconds / seconds:.1f} x faster, {their_cpu / cpu:.1f} x less processor time, "
          f"{memory / their_memory:.2f} of the peak memory")


if __name__ == "__main__":
    main()
