"""Which rows of an image folder are evaluated, and with which labels, against `datasets`: the order and
class ids of "imagefolder", and `shuffle(seed=42).select(range(n))` of them."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import datasets
import numpy
from PIL import Image

TOOL = pathlib.Path(os.environ["QUANTBENCH_TOOLS"]) / "split_dump"


def dump(request):
    out = subprocess.run([TOOL, json.dumps(request)], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def check_orders():
    counts = [0, 1, 2, 3, 7, 64, 65, 133, 500, 1000, 4097, 100000]
    for seed in (0, 1, 42, 2**32 - 1):
        for count in counts:
            ours = dump({"count": count, "seed": seed})[0]
            theirs = numpy.random.default_rng(seed).permutation(count).tolist()
            assert ours == theirs, f"permutation({count}) with seed {seed} differs"


def check_folder(root):
    for split, names in {
        "train": ["a-b/1.png", "a/2.PNG", "a/10.jpg", "B/x.png", "é/1.png"] + [f"z/{i}.png" for i in range(60)],
        "validation": ["a/1.png", "a-b/2.png"] + [f"z/{i}.jpeg" for i in range(40)],
    }.items():
        for name in names:
            path = root / split / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (4, 4)).save(path, format="PNG" if path.suffix.lower() == ".png" else "JPEG")
    for split in ("train", "validation"):
        loaded = datasets.load_dataset(
            "imagefolder", data_dir=str(root), split=split, cache_dir=str(root / "cache"), keep_in_memory=True
        ).cast_column("image", datasets.Image(decode=False))
        for samples in (0, 1, 20, 41):
            part = loaded.shuffle(seed=42).select(range(samples)) if samples else loaded
            theirs = [[row["image"]["path"], row["label"]] for row in part]
            seed = 42 if samples else None
            rows = dump({"path": str(root), "split": split, "limit": samples, "seed": seed})[1:]
            ours = [[row["image"]["path"], row["label"]] for row in rows]
            assert ours == theirs, f"{split}, {samples} samples: {ours[:3]} and {theirs[:3]}"


def main():
    check_orders()
    with tempfile.TemporaryDirectory() as root:
        check_folder(pathlib.Path(root))
    print("every order is that of numpy and datasets")


if __name__ == "__main__":
    sys.exit(main())
