"""Names, paths, keys and messages of a stranger's results, in each output: none of them is live in Markdown, HTML, CSV or YAML,
and none reaches the terminal as a control sequence."""

import csv
import html.parser
import io
import json
import pathlib
import re
import unittest

import harness
import onnx_bytes

ACTIVE = [
    "[click](javascript:alert(1)) ![i](http://127.0.0.1/p) | `x` <b>b</b>",
    "a`b",
    "``a``",
    "`",
    "</script><script>alert(1)</script><!--",
    "&lt;b&gt; <img src=x onerror=alert(1)>",
    "*a* __b__ ~~c~~ [r]: http://127.0.0.1 <http://127.0.0.1>",
    "x\\| <b>b</b> | <i>i</i>",
    "a\n\n# heading\n\n<b>b</b>\n---\n",
    "=HYPERLINK(\"http://127.0.0.1\";\"x\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "a;=1+1;b",
    "\x1b[2J\x1b]0;title\x07\x1b]52;c;ZWNobyBoaQ==\x07",
    "\u009b31m\u009d0;title\u009c",
    "user\u202e\u2066nimda\u2069",
    "a\u2028b\u2029c\u0085d",
    "'quoted'",
    "'it''s' \"x\"",
    "yes",
    "null",
    "- a: b # c",
    "",
    " both ends ",
    "\u0000",
]
# Characters that a terminal acts upon, or that reorder text (base/utf8.h); the line's end is ours.
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def results(payload):
    """A run whose every text is the payload; of a key what a card can give back."""
    key = re.sub("[\x00-\x1f]|" + CONTROL.pattern, "", payload).strip() or "key"
    spec = {
        "task": payload or "task", "task_args": {}, "model_key": "name_or_path", "name_or_path": payload,
        "dataset": {"path": payload, "name": payload, "eval_split": payload, key: payload, "ref_keys": [payload]},
        "metrics": [key], "batch_sizes": [1], "input_lengths": [8],
        "time_benchmark_args": {"duration": 0.5, "warmup_runs": 1}, "max_eval_samples": None, "eval_batch_size": 1,
        "protocol": payload, "layout": "configuration_rows", "backend": payload, "backend_args": {payload: payload},
    }
    timing = {
        "batch_size": 1, "input_length": 8, "nb_forwards": 10, "throughput": 10.0, "latency_mean": 1.0, "latency_std": 0.1,
        "latency_50": 1.0, "latency_90": 1.0, "latency_95": 1.0, "latency_99": 1.0, "latency_999": 1.0,
        "latencies": [],
    }
    quantization = {
        "quantized": {payload: 1}, "left": {payload: 2}, "quantized_nodes": [payload],
        "left_nodes": [{"node": payload, "op_type": payload, "reason": payload}], "conversions_inserted": 0,
        "weight_sqnr_db": {payload: 1.0}, "clipped_fraction": {}, "warnings": [payload],
    }

    def row(value, quantized, status):
        return {
            "parameters": {key + "key": value, "apply_quantization": quantized, "node_exclusion": [payload]},
            "status": status, "message": payload if status != "ok" else "", "quantized": quantized,
            "evaluation": {key: 0.9} if status == "ok" else {}, "timings": [timing] if status == "ok" else [],
            "quantization": quantization if quantized else None, "original_evaluation": {}, "original_timings": [],
            "peak_memory_bytes": 1, "model_bytes": 1, "warnings": [payload],
        }

    return {
        "schema_version": 1, "run_id": "20260101-000000-000000", "started_at": payload, "quantbench_version": payload,
        "spec": spec,
        "fixed": {"name_or_path": payload, "dataset": spec["dataset"], "framework": payload, key: payload},
        "benchmarked": {
            key + "key": [payload + "1", payload + "2"], "apply_quantization": [True, False], "node_exclusion": [[payload]],
        },
        "sources": {}, "model_type": payload, "figures": [], "card": {}, "evaluation_samples": 10,
        "machine": {"cpu": payload, payload: payload, "governor": payload},
        "runtimes": [{"name": payload, "version": payload, payload: payload}],
        "rows": [
            row(payload + "1", False, "ok"), row(payload + "1", True, "ok"), row(payload + "2", True, "failed"),
            row(payload + "2", True, "skipped"),
        ],
    }


def outside_of_code(line):
    """A line of Markdown without its code spans (CommonMark 6.1: a run of backticks up to the next of its length) and without
    what a backslash escapes. In a table the bars come first: a cell is a line of its own."""
    cells = re.split(r"(?<!\\)\|", line) if line.startswith("|") else [line]
    out = []
    for cell in cells:
        at = 0
        while at < len(cell):
            if cell[at] == "\\" and re.match(r"[!-/:-@\[-`{-~]", cell[at + 1 : at + 2]):
                out.append("\\")
                at += 2
                continue
            fence = re.match("`+", cell[at:])
            if fence:
                end = re.compile(f"(?<!`){fence[0]}(?!`)").search(cell, at + len(fence[0]))
                at = end.end() if end else at + len(fence[0])
                out.append("C" if end else fence[0])
                continue
            out.append(cell[at])
            at += 1
        out.append("|")
    return "".join(out)


class Escaping(harness.Case):
    def write(self, payload):
        path = self.scratch / "results.json"
        path.write_text(json.dumps(results(payload)))
        return path

    def report(self, payload, *arguments):
        result = self.run_program("report", self.write(payload), *arguments)
        self.assert_ok(result)
        self.assertEqual(result.errors, "")
        return result.output

    def for_each(self, body):
        for payload in ACTIVE:
            with self.subTest(payload=payload):
                body(payload)

    def assert_tame_markdown(self, markdown):
        body = markdown
        if markdown.startswith("---\n"):
            self.assertEqual(len(re.findall("^---$", markdown, re.M)), 2, "the front matter ends where it should")
            body = markdown.split("---\n", 2)[2]
        for line in body.splitlines():
            bare = outside_of_code(line)
            self.assertNotRegex(bare, r"<[a-zA-Z/!?]", line)
            self.assertNotRegex(bare, r"\]\(|\]:|!\[|\]\[", line)
            self.assertNotRegex(bare, r"(?i)\b(https?|ftp)://|\bwww\.", line)
            self.assertNotRegex(bare, r"&[a-zA-Z#]", line)
            self.assertNotIn("`", bare.replace("C", ""), line)
            text = re.sub(r"^\s*\* ", "", bare).replace("**", "")
            self.assertNotRegex(text, r"[*]|\b_|_\b|~~", line)
        self.assertNotRegex(body, r"(?m)^# heading")
        self.assertNotRegex(markdown, CONTROL)

    def test_cards(self):
        for layout in ("configuration_rows", "original_optimized_columns", "combined"):
            self.for_each(lambda payload: self.assert_tame_markdown(self.report(payload, "--layout", layout)))  # noqa: B023

    def test_a_card_comes_back_as_it_was(self):
        def comes_back(payload):
            card = self.scratch / "card.md"
            card.write_text(self.report(payload))
            imported = self.run_program("import", card, "--out", self.out, "--overwrite")
            self.assert_ok(imported)
            self.assertEqual((self.out / "README.md").read_text(), card.read_text())
            again = json.loads((self.out / "results.json").read_text())
            self.assertEqual(again["fixed"]["name_or_path"], {"null": "null"}.get(payload, payload))
            self.assertEqual(again["fixed"]["dataset"]["path"], payload)
            self.assertEqual([row["parameters"]["node_exclusion"] for row in again["rows"]], [[payload]] * 4)

        self.for_each(comes_back)

    def test_a_card_of_a_stranger_is_tame_when_it_is_written_again(self):
        card = self.report("plain")
        for hostile in ("[click](javascript:alert(1))", "<img src=x onerror=alert(1)>", "a ` b\n` <b> `", "| `a | <b> ` |"):
            path = self.scratch / "card.md"
            path.write_text(card + hostile + "\n")
            result = self.run_program("report", path)
            if result.status == harness.OK:
                with self.subTest(hostile):
                    self.assert_tame_markdown(result.output)

    def test_the_style_of_a_card_in_results_is_no_way_in(self):
        for style in (
            {"heading": ["**task**: `x`", "<b>b</b> [a](javascript:b)"]},
            {"front_matter": ["a: b", "---", "<b>b</b> [a](javascript:b)"]},
            {"front_matter": ["a: b\n---\n<b>b</b> [a](javascript:b)"]},
            {"remarks": "# Remarks\n<b>b</b> [a](javascript:b)\n"},
            {"forms": {"name_or_path": "bare", "framework": "bullets"}},
        ):
            with self.subTest(style):
                path = self.scratch / "results.json"
                path.write_text(json.dumps(results(ACTIVE[0]) | {"card": {"layout": "configuration_rows"} | style}))
                result = self.run_program("report", path, "--format", "card")
                if result.status == harness.OK:
                    self.assert_tame_markdown(result.output)
                else:
                    self.assert_one_line(result)

    def test_markdown(self):
        self.for_each(lambda payload: self.assert_tame_markdown(self.report(payload, "--format", "markdown")))

    def test_comparison(self):
        def tame(payload):
            path = self.write(payload)
            result = self.run_program("compare", path, path, "--format", "markdown")
            self.assert_ok(result)
            self.assert_tame_markdown(re.sub("</?(details|summary)>", "", result.output))
            for form in ("table", "json"):
                result = self.run_program("compare", path, path, "--format", form)
                self.assertNotRegex(result.output + result.errors, CONTROL)

        self.for_each(tame)

    def test_csv(self):
        def no_formula(payload):
            text = self.report(payload, "--format", "csv")
            for line in csv.reader(io.StringIO(text, newline="")):
                for cell in line:
                    number = re.fullmatch(r"-?[\d.]+(e[+-]\d+)?", cell)
                    if cell != payload.strip() or not number:
                        self.assertNotRegex(cell, r"^[=+\-@\t\r\n＝＋－＠]", line)
            # A program that takes ';' or a tab for the separator sees quotes around such cells.
            self.assertNotRegex(text, r"(?m)(^|,)[^\",\r\n]*[;\t][=+@-]")
            self.assertNotRegex(text.replace("\r\n", "\n"), CONTROL)

        self.for_each(no_formula)

    def test_html(self):
        class Page(html.parser.HTMLParser):
            tags = None

            def handle_starttag(self, tag, attributes):
                self.tags.append((tag, tuple(attributes)))

        def tags(payload):
            page = Page()
            page.tags = []
            page.feed(self.report(payload, "--format", "html"))
            return page.tags

        plain = tags("plain")
        self.for_each(lambda payload: self.assertEqual(tags(payload), plain))

    def test_model_index(self):
        def structure(payload):
            text = self.report(payload, "--format", "model-index")
            self.assertNotRegex(text, CONTROL)
            return [re.match(r" *(- )?\w*(-\w+)?", line)[0] for line in text.splitlines()]

        plain = structure("plain")
        self.for_each(lambda payload: self.assertEqual(structure(payload), plain))

    def test_json(self):
        def same(payload):
            text = self.report(payload, "--format", "json")
            self.assertNotRegex(text, CONTROL)
            self.assertEqual(json.loads(text)["spec"]["name_or_path"], payload)

        self.for_each(same)

    def test_the_terminal(self):
        def silent(payload):
            path = self.write(payload)
            for arguments in (["show", path], ["report", path], ["report", path, "--format", "card"]):
                result = self.run_program(*arguments)
                self.assert_ok(result)
                self.assertNotRegex(result.output + result.errors, CONTROL)

        self.for_each(silent)

    def test_messages(self):
        """The name of a file, a key, a class, a node: in errors, warnings and progress."""
        hostile = "\x1b[31m\u202ename\u009b"
        inputs = self.demo()
        names = [self.scratch / hostile, inputs / (hostile + ".yaml")]
        names[1].write_text((inputs / "spec.yaml").read_text())
        spec = (inputs / "spec.yaml").read_text()
        bad = self.scratch / "bad.yaml"
        tries = [["show", names[0]], ["run", names[0], "--out", self.out], ["export", names[0], "-o", self.scratch / "m.onnx"]]
        for text in (f'"{hostile}": 1\n' + spec, spec + f'"{hostile}": 1\n', spec.replace("accuracy", hostile)):
            bad.write_text(text.replace("\x1b", "\\x1b") if '"' in text else text)
            tries.append(["run", bad, "--out", self.out])
        tries.append(["list", "--store", self.scratch / hostile / "s.sqlite"])
        tries.append(["cache", "--cache", self.scratch / hostile])
        for arguments in tries:
            with self.subTest(arguments):
                result = self.run_program(*arguments)
                self.assert_known_status(result)
                self.assertNotRegex(result.output + result.errors, CONTROL)
        shutil_model = self.demo() / hostile
        pathlib.Path(self.demo() / "model").rename(shutil_model)
        result = self.run_program(*self.run_arguments(name_or_path=json.dumps(hostile)))
        self.assert_ok(result)
        self.assertNotRegex(result.output + result.errors, CONTROL)
        for name in ("README.md", "spec.yaml", "results.json", "report.html"):
            self.assertNotRegex((self.out / name).read_text(), CONTROL if name != "report.html" else "\x1b")

    def test_what_a_library_says_of_a_graph(self):
        """ONNX Runtime names the attribute that its kernel refuses."""
        model = self.scratch / "m.onnx"
        resize = onnx_bytes.node(b"Resize", [b"k", b"", b"s"], b"y", onnx_bytes.text_attribute(b"mode", b"\x1b[31mname"))
        constants = [onnx_bytes.floats(b"k", 4), onnx_bytes.floats(b"s", 1)]
        model.write_bytes(onnx_bytes.model([resize], constants, b"y"))
        result = self.run_program("quantize", model, "-o", self.scratch / "q.onnx", "--fuse-first")
        self.assert_one_line(result, "\\x1b[31mname")
        result = self.run_program("quantize", model, "-o", self.scratch / "q.onnx", "--fuse-first", "-v")
        self.assertIn("\\x1b[31mname", result.errors)
        self.assertNotRegex(result.errors, CONTROL)


if __name__ == "__main__":
    harness.main()
