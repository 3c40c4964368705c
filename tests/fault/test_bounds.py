"""Small inputs that ask for unbounded work: each ends soon, in little memory, with a line that names the bound (docs/reliability.md,
Bounds). The memory of each try is limited, so that a missing bound ends the test and not the machine."""

import re
import resource

import harness
from onnx_bytes import doubled, floats, integer_attribute, model, node, zero_integers

GIGABYTE = 1 << 30


class Bounds(harness.Case):
    def run_limited(self, *arguments, gigabytes=6, timeout=60):
        def limit():
            limit_bytes = int(gigabytes * GIGABYTE)
            resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))

        return self.run_program(*arguments, preexec_fn=limit, timeout=timeout)

    def test_constants_that_double_with_each_node(self):
        self.check_folding(doubled(30))

    def test_constants_that_are_gathered_many_times(self):
        """Gather(k, [[0 ... 0]]) makes 64 rows of one, and so on."""
        nodes = []
        for i in range(6):
            nodes.append(node(b"Unsqueeze", [b"k%d" % i, b"zero"], b"u%d" % i))
            nodes.append(node(b"Gather", [b"u%d" % i, b"i"], b"k%d" % (i + 1), integer_attribute(b"axis", 0)))
        constants = [floats(b"k0", 1000), zero_integers(b"i", 64), zero_integers(b"zero", 1)]
        self.check_folding(model(nodes, constants, b"k6"))

    def check_folding(self, content):
        """Folded as far as the bound goes: the graph stays right, whether or not the pass says that it stopped."""
        path, output = self.scratch / "bomb.onnx", self.scratch / "q.onnx"
        path.write_bytes(content)
        self.assertLess(len(content), 20_000)
        result = self.run_limited("quantize", path, "-o", output, "--prepare", "fold_constants")
        self.assertIn(result.status, (harness.OK, harness.BAD_INPUT), result)
        self.assertNotIn("not enough memory", result.errors)
        if result.status == harness.OK:
            self.assertLess(output.stat().st_size, 2 * GIGABYTE)
        else:
            self.assert_one_line(result)

    def test_a_table_of_millions_of_columns(self):
        data = self.demo() / "data"
        (data / "validation.tsv").unlink()
        (data / "dataset_info.json").unlink()
        for name, header in {
            "empty": "sentence,label" + "," * 5_000_000,
            "named": "sentence,label," + ",".join(f"c{i}" for i in range(700_000)),
        }.items():
            with self.subTest(name):
                (data / "validation.csv").write_text(header + "\na,1\n")
                result = self.run_limited(*self.run_arguments())
                self.assert_one_line(result, "validation.csv")

    def test_json_that_is_deep_or_much(self):
        inputs = self.demo()
        for name in ("model/config.json", "model/tokenizer.json", "data/dataset_info.json"):
            path = inputs / name
            kept = path.read_bytes()
            for kind, content in {
                "deep arrays": b"[" * 1_000_000,
                "deep objects": b'{"a":' * 500_000,
                "wide": b"[" + b"0," * 10_000_001 + b"0]",
            }.items():
                with self.subTest(name, kind=kind):
                    path.write_bytes(content)
                    self.assert_one_line(self.run_limited(*self.run_arguments()), path.name)
            path.write_bytes(kept)

    def test_deep_json_in_results_a_spec_and_a_safetensors_header(self):
        deep = b"[" * 1_000_000
        path = self.scratch / "results.json"
        path.write_bytes(b'{"rows": ' + deep)
        self.assert_one_line(self.run_limited("show", path), path)
        spec = self.scratch / "spec.yaml"
        spec.write_bytes(b"task: " + deep[:200_000])
        self.assert_one_line(self.run_limited("run", spec, "--out", self.out), spec)
        weights = self.demo() / "model" / "model.safetensors"
        weights.write_bytes(len(deep).to_bytes(8, "little") + deep)
        self.assert_one_line(self.run_limited(*self.run_arguments()), weights.name)

    def test_a_text_of_millions_of_letters(self):
        data = self.demo() / "data"
        (data / "validation.tsv").write_text("sentence\tlabel\n" + "good " * 2_000_000 + "\t1\n")
        result = self.run_limited(*self.run_arguments(), timeout=240)
        self.assert_known_status(result)
        self.assertIn(result.status, (harness.OK, harness.BAD_INPUT, harness.ROWS_FAILED))

    def test_a_memory_limit_is_said_as_such(self):
        """The reason first: not what a library prints when memory fails it."""
        # Each forward takes 100 MB for its attention alone.
        arguments = self.run_arguments(batch_sizes="[256]", input_lengths="[128]")
        for gigabytes in (0.09, 0.12, 0.25):
            self.start_over()
            with self.subTest(gigabytes=gigabytes):
                result = self.run_limited(*arguments, gigabytes=gigabytes)
                self.assert_known_status(result)
                self.assertNotIn("Some details are omitted", result.output + result.errors)
                reasons = [line for line in result.errors.splitlines() if re.search("failed: |error: ", line)]
                self.assertGreater(len(reasons), 0, result)
                for reason in reasons:
                    self.assertIn("memory", reason)


if __name__ == "__main__":
    harness.main()
