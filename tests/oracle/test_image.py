"""Our image decoding and resizing against Pillow, sample by sample, and our image processor against
the Pillow-based ones of transformers. Formats, modes and orientations are in image_files.py."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import image_files
import numpy
from PIL import Image, ImageOps
from transformers.models.beit.image_processing_pil_beit import BeitImageProcessorPil
from transformers.models.deit.image_processing_pil_deit import DeiTImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
DUMP = Path(os.environ["QUANTBENCH_TOOLS"]) / "image_dump"
SIZES = [(1, 1), (2, 7), (16, 16), (31, 17), (64, 64), (65, 63), (90, 40), (69, 20), (50, 9), (70, 10), (10, 48), (224, 224)]


def ours(requests, dtype):
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([DUMP], input=lines, capture_output=True, text=True, check=True)
    out = []
    for line in done.stdout.splitlines():
        if line.startswith("error"):
            raise AssertionError(line)
        out.append(numpy.frombuffer(bytes.fromhex(line), dtype=dtype))
    return out


def synthetic(directory):
    """Images of several kinds: noise, edges, gradients, in every PNG mode and JPEG subsampling."""
    random = numpy.random.default_rng(7)
    ramp = numpy.add.outer(numpy.arange(48) * 3, numpy.arange(70) * 2).astype(numpy.uint8)
    edges = (numpy.indices((48, 70)).sum(axis=0) // 5 % 2 * 255).astype(numpy.uint8)
    noise = random.integers(0, 256, (48, 70, 4), dtype=numpy.uint8)
    colour = numpy.dstack([ramp, edges, noise[..., 0]])
    images = {
        "noise.png": Image.fromarray(noise[..., :3]), "alpha.png": Image.fromarray(noise),
        "colour.png": Image.fromarray(colour), "grey.png": Image.fromarray(ramp),
        "grey_alpha.png": Image.fromarray(noise[..., :2], "LA"), "one_bit.png": Image.fromarray(edges).convert("1"),
        "palette.png": Image.fromarray(colour).quantize(31), "thin.png": Image.fromarray(noise[:1, :, :3]),
    }
    for subsampling in (0, 1, 2):
        images[f"colour_{subsampling}.jpg"] = Image.fromarray(colour)
    images["grey.jpg"] = Image.fromarray(ramp)
    images["progressive.jpg"] = Image.fromarray(colour)
    for name, image in images.items():
        options = {}
        if name.endswith(".jpg"):
            options["quality"] = 85
            options["progressive"] = name.startswith("progressive")
        if name.startswith("colour_"):
            options["subsampling"] = int(name[7])
        image.save(Path(directory) / name, **options)
    return [str(Path(directory) / name) for name in images]


class Images(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.files = synthetic(scratch.name)
        if REAL.is_dir():
            self.files += [str(p) for p in sorted((REAL / "data" / "digits" / "validation").rglob("*.png"))[:20]]

    def test_decoding_is_equal(self):
        for file, got in zip(self.files, ours([dict(file=f) for f in self.files], numpy.uint8)):
            want = numpy.asarray(Image.open(file).convert("RGB")).reshape(-1)
            self.assertEqual(got.shape, want.shape, file)
            worst = int(numpy.abs(got.astype(int) - want.astype(int)).max())
            # Pillow brings its own libjpeg; versions may differ by one step of an inverse transform.
            self.assertLessEqual(worst, 1 if file.endswith(".jpg") else 0, file)

    def test_every_format_and_mode_is_equal(self):
        with tempfile.TemporaryDirectory() as directory:
            self.compare(image_files.write_all(Path(directory)))

    def test_orientation_is_applied(self):
        with tempfile.TemporaryDirectory() as directory:
            self.compare(image_files.write_oriented(Path(directory)))

    def compare(self, files):
        """Every file as `datasets` reads it, converted to RGB."""
        wrong, counts = [], {}
        for file, got in zip(files, ours([dict(file=str(f)) for f in files], numpy.uint8)):
            with Image.open(file) as image:
                want = numpy.asarray(ImageOps.exif_transpose(image).convert("RGB"))
            counts[file.suffix] = counts.get(file.suffix, 0) + 1
            if got.size != want.size:
                wrong.append(f"{file.name}: {got.size} samples, not {want.size}")
                continue
            worst = int(numpy.abs(got.astype(int) - want.reshape(-1).astype(int)).max())
            # Pillow brings its own libjpeg, and inks multiply its one step. It has its own YCbCr tables.
            if worst > (2 if "jpeg" in file.name or "YCbCr" in file.name or file.suffix == ".jpg" else 0):
                wrong.append(f"{file.name}: {worst} steps off")
        self.assertEqual(wrong, [])
        print("equal to Pillow:", ", ".join(f"{count} {suffix}" for suffix, count in sorted(counts.items())))

    def test_resizing_is_equal_for_every_filter(self):
        requests = [dict(file=f, width=w, height=h, resample=r)
                    for f in self.files if f.endswith(".png") for w, h in SIZES for r in range(6)]
        for request, got in zip(requests, ours(requests, numpy.uint8)):
            image = Image.open(request["file"]).convert("RGB")
            want = image.resize((request["width"], request["height"]), request["resample"])
            numpy.testing.assert_array_equal(got, numpy.asarray(want).reshape(-1), err_msg=str(request))
        print(f"{len(requests)} resized images equal")

    def test_processors_are_equal(self):
        mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
        cases = [
            (ViTImageProcessorPil, {}), (DeiTImageProcessorPil, {}), (BeitImageProcessorPil, {}),
            (ViTImageProcessorPil, dict(size=dict(height=30, width=50), resample=3, image_mean=mean, image_std=std)),
            (ViTImageProcessorPil, dict(size=dict(shortest_edge=33), resample=1)),
            (DeiTImageProcessorPil, dict(size=dict(height=20, width=90), crop_size=dict(height=41, width=31))),
            (DeiTImageProcessorPil, dict(size=dict(height=21, width=30), crop_size=dict(height=40, width=60))),
            (ViTImageProcessorPil, dict(do_resize=False)), (ViTImageProcessorPil, dict(do_normalize=False)),
            (ViTImageProcessorPil, dict(do_rescale=False, do_normalize=False)),
        ]
        for kind, options in cases:
            with self.subTest(kind=kind.__name__, **options), tempfile.TemporaryDirectory() as directory:
                processor = kind(**options)
                processor.save_pretrained(directory)
                requests = [dict(file=f, processor=directory) for f in self.files if f.endswith(".png")]
                for request, got in zip(requests, ours(requests, numpy.float32)):
                    image = Image.open(request["file"]).convert("RGB")
                    want = processor(image, return_tensors="np")["pixel_values"][0].astype(numpy.float32)
                    numpy.testing.assert_array_equal(got, want.reshape(-1), err_msg=str(request))


if __name__ == "__main__":
    unittest.main()
