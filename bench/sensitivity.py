"""Does the one-pass ranking of `quantbench sensitivity` find the operators that do the damage?

    .venv/bin/python bench/sensitivity.py [--program build/quantbench] [--samples 64] [--fresh 64] [--format QDQ]

quantbench ranks Add and MatMul of a real checkpoint on sentences of the training split (--verify 0: local figures only). The
truth is independent of it: ONNX Runtime's own calibrator and quantizer quantize each operator alone. The logits of that model
are compared with the float model's on sentences that were not used for calibration (signal-to-quantization-noise ratio, dB).
Prints how many of the true worst ten are among our first ten, and Spearman's rank correlation over all operators.
"""

import argparse
import copy
import csv
import json
import logging
import os
import subprocess
import tempfile
from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantType
from onnxruntime.quantization.calibrate import create_calibrator
from onnxruntime.quantization.onnx_quantizer import ONNXQuantizer
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer
from onnxruntime.quantization.quant_utils import QuantizationMode
from transformers import AutoTokenizer

ROOT = Path(__file__).resolve().parents[1]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
KINDS = ["Add", "MatMul"]


class Reader(CalibrationDataReader):
    def __init__(self, samples):
        self.left = iter(samples)

    def get_next(self):
        return next(self.left, None)


def sentences(split, count):
    with open(REAL / "data" / "sst2" / f"{split}.tsv") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row["sentence"] for row in islice(rows, count)]


def inputs_of(split, count, tokenizer):
    encoded = (tokenizer(text, truncation=True, return_tensors="np") for text in sentences(split, count))
    return [{name: array.astype(np.int64) for name, array in one.items()} for one in encoded]


def logits_of(model, samples):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, sample)[0].ravel() for sample in samples]).astype(np.float64)


def quantized_alone(model, node, ranges, kind_of_format):
    common = dict(per_channel=False, reduce_range=False, weight_qType=QuantType.QInt8,
                  activation_qType=QuantType.QInt8, tensors_range=ranges, nodes_to_quantize=[node],
                  nodes_to_exclude=[], op_types_to_quantize=KINDS, extra_options={})
    if kind_of_format == "QDQ":
        quantizer = QDQQuantizer(copy.deepcopy(model), **common)
    else:
        quantizer = ONNXQuantizer(copy.deepcopy(model), mode=QuantizationMode.QLinearOps, static=True, **common)
    quantizer.quantize_model()
    return quantizer.model.model


def ranks(values):
    """Ties share their mean rank."""
    values = np.asarray(values)
    return np.array([(np.sum(values < v) + np.sum(values <= v) - 1) / 2 for v in values])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / "build" / "quantbench"))
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--fresh", type=int, default=64)
    parser.add_argument("--format", choices=["QDQ", "QOperator"], default="QDQ")
    parser.add_argument("--first", type=int, default=10)
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    checkpoint = REAL / "sst2-minilm"
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    with tempfile.TemporaryDirectory() as scratch:
        path, ranking = Path(scratch) / "model.onnx", Path(scratch) / "ranking.json"
        subprocess.run([args.program, "export", checkpoint, "-o", path, "--opset", "13"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([args.program, "sensitivity", path, "--tokenizer", checkpoint, "--dataset", REAL / "data" / "sst2",
                        "--data_keys", "primary=sentence", "--num_calibration_samples", str(args.samples),
                        "--calibration_padding", "masked", "--operators_to_quantize", ",".join(KINDS),
                        "--format", args.format, "--verify", "0", "--top", "0", "--json", ranking],
                       check=True, stdout=subprocess.DEVNULL)
        ours = {one["node"]: np.inf if one["local_sqnr_db"] is None else one["local_sqnr_db"]
                for one in json.loads(ranking.read_text())["operators"]}
        calibrator = create_calibrator(path, KINDS, str(Path(scratch) / "augmented.onnx"), CalibrationMethod.MinMax)
        calibrator.collect_data(Reader(inputs_of("train", args.samples, tokenizer)))
        ranges = calibrator.compute_data()
        model = onnx.load(path)
        del calibrator

    fresh = inputs_of("validation", args.fresh, tokenizer)
    expected = logits_of(model, fresh)
    truth = {}
    for node in ours:
        noise = np.sum((logits_of(quantized_alone(model, node, ranges, args.format), fresh) - expected) ** 2)
        truth[node] = 10 * np.log10(np.sum(expected**2) / noise) if noise > 0 else np.inf

    names = list(ours)
    first = sorted(names, key=ours.get)[: args.first]
    worst = sorted(names, key=truth.get)[: args.first]
    print(f"{len(names)} operators, format {args.format}, {args.samples} sentences ranked, {args.fresh} fresh ones measured")
    for node in worst:
        print(f"  {node:12} {truth[node]:6.1f} dB at the logits, ours {ours[node]:6.1f} dB"
              f"{'' if node in first else '  (not among our first)'}")
    correlation = np.corrcoef(ranks([ours[n] for n in names]), ranks([truth[n] for n in names]))[0, 1]
    print(f"of the true worst {args.first} among our first {args.first}: {len(set(first) & set(worst))}")
    print(f"Spearman's rank correlation: {correlation:.2f}")


main()
