"""Class names in every form in which `datasets` writes features: the schema of a Parquet file,
dataset_info.json, dataset_infos.json, and the README's YAML."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import datasets
from datasets import ClassLabel, Features, LargeList, List, Sequence, Value
from datasets.info import DatasetInfosDict

DUMP = Path(os.environ["QUANTBENCH_TOOLS"]) / "split_dump"
NAMES = ["O", "B-PER", "I-PER", "yes", "0", "null"]


def class_names(directory):
    request = json.dumps(dict(path=str(directory), name=None, split="validation"))
    done = subprocess.run([DUMP, request], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout.splitlines()[0])["class_names"]


def forms():
    label = lambda: ClassLabel(names=NAMES)
    return {
        "plain": (label(), 1), "counted": (ClassLabel(num_classes=3), 1),
        "sequence": (Sequence(label()), [0, 1]), "fixed": (Sequence(label(), length=2), [0, 1]),
        "list": (List(label()), [0, 1]), "large_list": (LargeList(label()), [0, 1]),
        "python_list": ([label()], [0, 1]), "nested": (List(List(label())), [[0], [1, 2]]),
        "large_nested": (LargeList(List(label())), [[0], [1, 2]]),
        "struct": ({"inner": label(), "feature": Value("string")}, {"inner": 1, "feature": "x"}),
        "text": (Value("string"), "x"), "numbers": (List(Value("int64")), [1]),
    }


def expected(feature):
    if isinstance(feature, ClassLabel):
        return feature.names
    if isinstance(feature, list):
        return expected(feature[0])
    return expected(feature.feature) if isinstance(feature, (Sequence, LargeList)) else None


def legacy(described):
    """dataset_info.json of older versions: lists as Python lists, more keys in each feature."""
    if isinstance(described, dict) and described.get("_type") in ("List", "Sequence") and described.get("length", -1) == -1:
        return [legacy(described["feature"])]
    if isinstance(described, dict) and described.get("_type") == "ClassLabel":
        return dict(num_classes=len(described["names"]), names=described["names"], names_file=None, id=None,
                    _type="ClassLabel")
    if isinstance(described, dict):
        return {key: legacy(value) for key, value in described.items()}
    return described


class ClassNames(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = Path(scratch.name)
        self.features = Features({name: feature for name, (feature, _) in forms().items()})
        self.data = datasets.Dataset.from_list([{name: value for name, (_, value) in forms().items()}],
                                               features=self.features)
        self.want = {name: expected(feature) for name, (feature, _) in forms().items() if expected(feature)}
        self.assertGreater(len(self.want), 8)

    def directory(self, name):
        directory = self.root / name
        directory.mkdir()
        return directory

    def with_rows(self, name):
        directory = self.directory(name)
        self.data.to_json(directory / "validation.jsonl")
        return directory

    def test_schema_of_parquet(self):
        directory = self.directory("parquet")
        self.data.to_parquet(directory / "validation.parquet")
        self.assertEqual(class_names(directory), self.want)

    def test_dataset_info(self):
        directory = self.with_rows("info")
        self.data.info.write_to_directory(directory)
        self.assertEqual(class_names(directory), self.want)

    def test_dataset_info_of_older_versions(self):
        for form in ("Sequence", "python"):
            directory = self.with_rows(form)
            described = self.features.to_dict()
            if form == "Sequence":
                described = json.loads(json.dumps(described).replace('"_type": "List"', '"_type": "Sequence"'))
            else:
                described = legacy(described)
            (directory / "dataset_info.json").write_text(json.dumps({"features": described}))
            self.assertEqual(class_names(directory), self.want)

    def test_dataset_infos(self):
        directory = self.with_rows("infos")
        infos = {"default": {"features": self.features.to_dict()}, "other": {"features": {}}}
        (directory / "dataset_infos.json").write_text(json.dumps(infos))
        self.assertEqual(class_names(directory), self.want)

    def test_readme(self):
        directory = self.with_rows("readme")
        DatasetInfosDict({"default": self.data.info}).write_to_directory(directory)
        self.assertIn("class_label", (directory / "README.md").read_text())
        self.assertEqual(class_names(directory), self.want)

    def test_readme_of_several_configurations(self):
        directory = self.with_rows("several")
        other = datasets.DatasetInfo(features=Features({"plain": ClassLabel(names=["a", "b"])}))
        DatasetInfosDict({"default": self.data.info, "other": other}).write_to_directory(directory)
        self.assertEqual(class_names(directory), self.want)


if __name__ == "__main__":
    unittest.main()
