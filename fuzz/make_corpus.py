"""Seeds for the fuzz targets, a directory each: the small models that the oracles quantize, the reference's cards, runs
(those cards read back, and the demo's), Parquet files of every type, encoding and compression, images of every format and mode.

    .venv/bin/python fuzz/make_corpus.py DIRECTORY

The runs are made by QUANTBENCH, by default build/quantbench.
"""

import datetime
import decimal
import inspect
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import pyarrow
import pyarrow.parquet

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "oracle"))
import fresh_store  # noqa: E402, F401
import image_files  # noqa: E402
import parquet_columns  # noqa: E402
import static_models  # noqa: E402

PROGRAM = os.environ.get("QUANTBENCH", str(ROOT / "build" / "quantbench"))
CARDS = sorted((ROOT / "tests" / "data" / "cards").glob("*.txt"))
# libFuzzer changes a small input more often, and a run has a thousand single latencies.
LATENCIES = 8


def models(directory):
    for name, function in inspect.getmembers(static_models, inspect.isfunction):
        required = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
        if function.__module__ == static_models.__name__ and not required:
            made = function()
            model = made[-1] if isinstance(made, tuple) else made
            if hasattr(model, "SerializeToString"):
                (directory / f"{name}.onnx").write_bytes(model.SerializeToString())


def cards(directory):
    for card in CARDS:
        shutil.copy(card, directory / card.name)


def shortened(value):
    if isinstance(value, dict):
        return {key: item[:LATENCIES] if key == "latencies" else shortened(item) for key, item in value.items()}
    return [shortened(item) for item in value] if isinstance(value, list) else value


def results(directory):
    commands = [(card.stem, ["import", str(card)]) for card in CARDS] + [("demo", ["demo"])]
    with tempfile.TemporaryDirectory() as scratch:
        for name, command in commands:
            out = Path(scratch) / name
            subprocess.run([PROGRAM, *command, "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
            run = shortened(json.loads((out / "results.json").read_text()))
            (directory / f"{name}.json").write_text(json.dumps(run))


def parquet(directory):
    random = numpy.random.default_rng(1)
    columns = parquet_columns.columns_of_every_type(12, random)
    day = datetime.date(2022, 7, 1)
    columns |= {
        "date": pyarrow.array([day, None]),
        "timestamp": pyarrow.array([datetime.datetime(2022, 7, 1, 12), None], pyarrow.timestamp("us", "UTC")),
        "time": pyarrow.array([datetime.time(12, 30), None]),
        "duration": pyarrow.array([datetime.timedelta(1), None]),
        "decimal": pyarrow.array([decimal.Decimal("1.50"), None], pyarrow.decimal128(9, 2)),
        "map": pyarrow.array([[("a", 1)], None], pyarrow.map_(pyarrow.string(), pyarrow.int8())),
    }
    for name, column in columns.items():
        pyarrow.parquet.write_table(pyarrow.table({name: column}), directory / f"{name}.parquet", compression="none")
    few = pyarrow.table({name: columns[name] for name in ("string", "int32", "list")})
    for compression in ("snappy", "gzip", "zstd", "brotli", "lz4"):
        pyarrow.parquet.write_table(few, directory / f"{compression}.parquet", compression=compression, row_group_size=5,
                                    data_page_version="2.0", store_schema=False)
    for encoding, name in (("DELTA_BINARY_PACKED", "int32"), ("DELTA_BYTE_ARRAY", "string"), ("RLE", "bool"),
                           ("DELTA_LENGTH_BYTE_ARRAY", "string"), ("BYTE_STREAM_SPLIT", "float")):
        pyarrow.parquet.write_table(pyarrow.table({name: columns[name]}), directory / f"{encoding.lower()}.parquet",
                                    compression="none", use_dictionary=False, column_encoding={name: encoding})
    for path in (ROOT / "tests" / "data" / "parquet").glob("*.parquet"):
        shutil.copy(path, directory / path.name)


def images(directory):
    image_files.write_all(directory)
    image_files.write_oriented(directory)


def aws_answers(directory):
    xml = '<?xml version="1.0"?><%s xmlns="http://s3.amazonaws.com/doc/2006-03-01/">%s</%s>'
    texts = {
        "s3": xml % ("Error", "<Code>NoSuchKey</Code><Message>a &amp; &#65;</Message><Key><![CDATA[k]]></Key>", "Error"),
        "sts": xml % ("ErrorResponse", "<Error><Code>ExpiredToken</Code><Message>m</Message></Error>", "ErrorResponse"),
        "listing": xml % ("ListBucketResult", "<Contents><Key>k</Key><Size>5</Size></Contents><!-- c -->", "ListBucketResult"),
        "json": '{"__type":"com.amazonaws.sagemaker#ValidationException","message":"No."}',
        "time": "2026-11-29T10:00:00.5Z",
    }
    for name, text in texts.items():
        (directory / name).write_text(text)


SEEDS = {"onnx_model_fuzz": models, "static_quantizer_fuzz": models, "card_fuzz": cards, "results_fuzz": results,
         "parquet_fuzz": parquet, "image_fuzz": images, "aws_answer_fuzz": aws_answers}

targets = {path.stem for path in Path(__file__).parent.glob("*_fuzz.cpp")}
if targets != set(SEEDS):
    sys.exit(f"seeds and targets are not the same: {targets ^ set(SEEDS)}")
for target, make in SEEDS.items():
    corpus = Path(sys.argv[1]) / target
    corpus.mkdir(parents=True, exist_ok=True)
    make(corpus)
    seeds = list(corpus.iterdir())
    if not seeds:
        sys.exit(f"no seed was made for {target}")
    print(f"{len(seeds)} seeds in {corpus}")
