"""Reports, read by independent programs: results.json by jsonschema against docs/results.schema.json,
CSV by pandas, model-index by huggingface_hub."""

import copy
import io
import json
import math
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import jsonschema
import pandas
from huggingface_hub import ModelCard

import fresh_store  # noqa: F401

PROGRAM = os.environ["QUANTBENCH"]
ROOT = Path(__file__).resolve().parents[2]


def quantbench(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], check=True, capture_output=True).stdout.decode()


class Results(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        out = Path(cls.directory.name)
        os.environ.update(QUANTBENCH_STORE=str(out / "store.sqlite"), QUANTBENCH_CACHE=str(out / "cache"))
        quantbench("demo", "--out", out / "demo")
        cls.runs = [out / "demo"]
        for card in sorted((ROOT / "tests/data/cards").glob("*.txt")):
            quantbench("import", card, "--out", out / card.stem)
            cls.runs.append(out / card.stem)
        # A run with a row that failed and one that was skipped.
        faulty = json.loads((out / "demo/results.json").read_text())
        for row, status in zip(faulty["rows"], ("failed", "skipped")):
            row.update(status=status, message="out of memory, \"quoted\"\nand more", evaluation={}, timings=[], quantization=None)
        # A row under the load of concurrent streams, one of them with unknown energy.
        figures = {"streams": 2, "batch_size": 1, "input_length": 32, "nb_forwards": 9, "samples_per_second": 90.5,
                   "latency_mean": 22, "latency_50": 21, "latency_90": 23, "latency_95": 24, "latency_99": 25,
                   "peak_memory_bytes": 12345678, "joules_per_sample": None}
        faulty["rows"][2]["streams"] = [figures, figures | {"streams": 4, "joules_per_sample": 0.125}]
        (out / "faulty").mkdir()
        (out / "faulty/results.json").write_text(json.dumps(faulty))
        (out / "faulty/results.json").write_text(quantbench("report", out / "faulty", "--format", "json"))
        cls.runs.append(out / "faulty")
        # A search that chose a row, and one that named none.
        step = dict.fromkeys(("loss", "loss_low", "loss_high", "speedup", "speedup_low", "speedup_high"))
        step |= {"kind": "evaluate", "candidate": "static", "verdict": "stopped", "reason": "loses 0.147", "samples": 100, "loss": 0.147,
                 "operators_in_float": 0, "seconds": 1.5}
        tuning = {"figure": "accuracy", "objective": "latency", "max_drop": 0.01, "max_drop_is_relative": False, "budget": 0.01,
                  "seed": 42, "search_samples": 60, "confirmation_samples": 60, "finished": True, "unfinished_reason": "",
                  "loss": 0.001, "bound": 0.009, "confidence": 0.95, "samples_needed": None, "refused": "", "steps": [step]}
        for name, decision in (("shown", {"outcome": "shown", "row": 1, "tied": [2]}), ("nothing", {"outcome": "nothing", "row": -1, "tied": []})):
            searched = json.loads((out / "demo/results.json").read_text()) | {"tuning": tuning | decision}
            (out / name).mkdir()
            (out / name / "results.json").write_text(json.dumps(searched))
            (out / name / "results.json").write_text(quantbench("report", out / name, "--format", "json"))
            cls.runs.append(out / name)
        # A run on two kinds of machine, with prices.
        joint = json.loads((out / "demo/results.json").read_text())
        joint["spec"]["price_per_hour"] = {"any": 0.5}
        joint["other_machines"] = [json.loads(json.dumps(joint)) | {"machine": joint["machine"] | {"cpu": "Another CPU"}}]
        (out / "joint").mkdir()
        (out / "joint/results.json").write_text(json.dumps(joint))
        (out / "joint/results.json").write_text(quantbench("report", out / "joint", "--format", "json"))
        cls.runs.append(out / "joint")

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def results(self):
        for run in self.runs:
            yield run, json.loads((run / "results.json").read_text())

    def test_results_json_is_what_its_schema_says(self):
        schema = json.loads((ROOT / "docs/results.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for run, results in self.results():
            errors = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(results)]
            self.assertEqual(errors, [], run.name)

        named = {run.name: results for run, results in self.results()}
        self.assertEqual((named["shown"]["answer"]["row"], named["shown"]["answer"]["bound"]), (1, 0.009))
        self.assertEqual((named["nothing"]["answer"]["row"], named["nothing"]["answer"]["outcome"]), (None, "nothing"))
        self.assertNotIn("tuning", named["demo"])
        streams = named["faulty"]["rows"][2]["streams"]
        self.assertEqual([(one["streams"], one["joules_per_sample"]) for one in streams], [(2, None), (4, 0.125)])

        joint = json.loads((self.runs[-1] / "results.json").read_text())
        self.assertEqual(joint["other_machines"][0]["machine"]["cpu"], "Another CPU")
        self.assertGreater(joint["other_machines"][0]["answer"]["cost"]["per_million"], 0)

        # The schema says something: each of these is refused.
        good = json.loads((self.runs[0] / "results.json").read_text())
        for change in (lambda r: r.pop("machine"), lambda r: r.update(schema_version=3), lambda r: r.pop("answer"),
                       lambda r: r["answer"].update(row=-1), lambda r: r.update(extra=1),
                       lambda r: r["rows"][0].update(status="fine"), lambda r: r["rows"][0]["timings"][0].update(latency_mean="1"),
                       lambda r: r["rows"][0]["timings"][0].update(batch_size=0), lambda r: r["rows"][0].pop("parameters"),
                       lambda r: r["rows"][0].update(streams=[]), lambda r: r["rows"][0].update(streams=[{"streams": 2}]),
                       lambda r: r.update(started_at="yesterday")):
            bad = copy.deepcopy(good)
            change(bad)
            self.assertFalse(validator.is_valid(bad))
        for change in (lambda r: r["tuning"].update(outcome="fine"), lambda r: r["tuning"].pop("seed"),
                       lambda r: r["tuning"]["steps"][0].update(verdict="perhaps"), lambda r: r["tuning"].update(tied=[-1])):
            bad = copy.deepcopy(named["shown"])
            change(bad)
            self.assertFalse(validator.is_valid(bad))

    def test_csv_read_by_pandas_has_every_figure(self):
        for run, results in self.results():
            table = pandas.read_csv(io.StringIO(quantbench("report", run, "--format", "csv")), keep_default_na=False)
            expected = []
            for row in [row for machine in [results, *results.get("other_machines", [])] for row in machine["rows"]]:
                for timing in (row["timings"] + row.get("streams", [])) or [None]:
                    # A field is one line, without control characters.
                    expected.append((row["status"], row["message"].replace("\n", " "), row["evaluation"].get("accuracy"),
                                     timing and timing["latency_mean"], timing and timing["batch_size"]))
            def number(text):
                return None if text in ("", "nan") else float(text)
            found = [(one["status"], one["message"], number(str(one.get("accuracy", ""))), number(str(one["latency_mean"])),
                      number(str(one["batch_size"]))) for _, one in table.iterrows()]
            self.assertEqual(sorted(map(repr, found)),
                             sorted(repr((s, m, a, t, None if b is None else float(b))) for s, m, a, t, b in expected), run.name)

    def test_model_index_read_by_huggingface_hub_has_every_metric(self):
        times = {"total_time_in_seconds", "samples_per_second", "latency_in_seconds"}
        for run, results in self.results():
            text = quantbench("report", run, "--format", "model-index")
            data = ModelCard(text + "# Model\n", ignore_metadata_errors=False).data
            self.assertEqual(data.model_name, results["spec"]["name_or_path"])
            expected = [(name, value) for row in results["rows"] for name, value in row["evaluation"].items()
                        if name not in times and value is not None and math.isfinite(value)]
            found = [(one.metric_type, one.metric_value) for one in data.eval_results]
            self.assertEqual(sorted(found), sorted(expected), run.name)
            dataset = results["spec"]["dataset"]
            for one in data.eval_results:
                self.assertEqual(one.task_type, results["spec"]["task"])
                self.assertEqual(one.dataset_type, dataset["path"])
                self.assertEqual(one.dataset_split, dataset.get("eval_split"))
                self.assertEqual(one.dataset_config, dataset.get("name"))
            names = [one.metric_name for one in data.eval_results]
            self.assertEqual(len(set(names)), len(names), "rows cannot be told apart")
            arguments = [one.metric_args for one in data.eval_results if one.metric_type == found[0][0]]
            parameters = [row["parameters"] for row in results["rows"] if found[0][0] in row["evaluation"]]
            self.assertEqual(sorted(map(repr, arguments)), sorted(map(repr, parameters)))


if __name__ == "__main__":
    unittest.main()
