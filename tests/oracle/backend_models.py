"""The models of ONNX's own backend suite (pip package onnx), each with one set of inputs, on disk in ONNX's layout:
DIRECTORY/NAME/model.onnx and test_data_set_0/input_N.pb. The suite makes its node tests in memory; the others are files."""

import shutil
import warnings
from pathlib import Path

import onnx
import onnx.backend.test
from onnx import numpy_helper

FILES = Path(onnx.backend.test.__file__).parent / "data"
KINDS = ("simple", "pytorch-converted", "pytorch-operator")


def tensor_of(value, name):
    """None: not a tensor (a sequence, an optional)."""
    if isinstance(value, onnx.TensorProto):
        return value
    if isinstance(value, (list, tuple, dict)) or value is None:
        return None
    return numpy_helper.from_array(value, name)


def write_node_tests(directory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases
        cases = collect_testcases(None)
    for case in cases:
        place = directory / case.name
        (place / "test_data_set_0").mkdir(parents=True, exist_ok=True)
        onnx.save(case.model, place / "model.onnx")
        inputs = case.data_sets[0][0] if case.data_sets else []
        for index, value in enumerate(inputs):
            tensor = tensor_of(value, case.model.graph.input[index].name)
            if tensor is not None:
                (place / "test_data_set_0" / f"input_{index}.pb").write_bytes(tensor.SerializeToString())


def write_all(directory):
    """Every model of the suite. Returns the directories of the models, sorted by name."""
    directory = Path(directory)
    marker = directory / f"written.{onnx.__version__}"
    if not marker.exists():
        directory.mkdir(parents=True, exist_ok=True)
        for kind in KINDS:
            for place in sorted((FILES / kind).iterdir()):
                shutil.copytree(place, directory / place.name, dirs_exist_ok=True)
        write_node_tests(directory)
        marker.touch()
    return sorted(place for place in directory.iterdir() if (place / "model.onnx").exists())


def input_names(model):
    """Of the inputs that are not constants, in order."""
    constants = {constant.name for constant in model.graph.initializer}
    return [value.name for value in model.graph.input if value.name not in constants]


def inputs_of(place, model, number=0):
    """Input name -> numpy array; None if an input is not a tensor or has no file."""
    feeds = {}
    for index, name in enumerate(input_names(model)):
        path = place / f"test_data_set_{number}" / f"input_{index}.pb"
        if not path.exists():
            return None
        tensor = onnx.TensorProto()
        try:
            tensor.ParseFromString(path.read_bytes())
            feeds[name] = numpy_helper.to_array(tensor)
        except Exception:  # a sequence or an optional
            return None
    return feeds


def all_inputs_of(place, model):
    """The inputs of every set; none if the first set has an input that is not a tensor."""
    sets = []
    while (place / f"test_data_set_{len(sets)}").exists() and (feeds := inputs_of(place, model, len(sets))) is not None:
        sets.append(feeds)
    return sets
