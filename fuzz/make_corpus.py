"""Seeds for the fuzz targets: the small models that the oracles quantize, one file each.

    .venv/bin/python fuzz/make_corpus.py DIRECTORY
"""

import inspect
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "oracle"))
import static_models  # noqa: E402


def models():
    for name, function in inspect.getmembers(static_models, inspect.isfunction):
        required = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
        if function.__module__ == static_models.__name__ and not required:
            made = function()
            yield name, made[-1] if isinstance(made, tuple) else made


directory = Path(sys.argv[1])
directory.mkdir(parents=True, exist_ok=True)
count = 0
for name, model in models():
    if hasattr(model, "SerializeToString"):
        (directory / f"{name}.onnx").write_bytes(model.SerializeToString())
        count += 1
if count == 0:
    sys.exit("no model was made")
print(f"{count} models in {directory}")
