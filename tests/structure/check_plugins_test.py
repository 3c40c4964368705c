#!/usr/bin/env python3
"""scripts/check-plugins finds the name of a plug-in outside its own files, with file and line, and nothing else."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "check-plugins"

REGISTRIES = """
quantbench_registry(TARGET quantbench MODULE fruit HEADER fruit.h TYPE FruitRegistry
  NOUN "fruit" FUNCTION fruits DIRECTORY fruit/fruits fruit/nuts)
quantbench_registry(TARGET quantbench MODULE quantize HEADER o.h TYPE StaticOperatorRegistry
  NOUN "operator kind" FUNCTION static_operators DIRECTORY quantize/static_operators)
"""
ADDS = 'void register_x(FruitRegistry& registry) {{\n  registry.add("{}", std::make_unique<X>());\n}}\n'


class CheckPlugins(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        self.write("src/quantbench/registries.cmake", REGISTRIES)
        self.write("src/quantbench/fruit/fruits/blood_orange.cpp", ADDS.format("blood-orange"))
        self.write("src/quantbench/fruit/fruits/quince.cpp", ADDS.format("quince"))
        self.write("src/quantbench/fruit/nuts/pecan.cpp", ADDS.format("pecan"))
        self.write("src/quantbench/quantize/static_operators/relu.cpp", ADDS.format("Relu"))
        (self.root / "apps").mkdir()

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def places(self, root=None):
        """file:line of each finding."""
        done = subprocess.run([SCRIPT, root or self.root], capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.returncode, 1 if done.stdout else 0)
        return [line.split(": ")[0] for line in done.stdout.splitlines()]

    def test_a_tree_without_a_fault_is_accepted(self):
        self.assertEqual(self.places(), [])

    def test_a_name_is_found_in_the_library_and_in_the_program(self):
        self.write("src/quantbench/bowl/bowl.cpp", '#include "a.h"\nbool is(S s) { return s == "quince"; }\n')
        self.write("src/quantbench/bowl/bowl.h", 'constexpr const char* kNut = "pecan";\n')
        self.write("apps/quantbench/cli/eat.cpp", '\n\nadd("--fruit", R"(quince)");\n')
        self.assertEqual(self.places(), ["src/quantbench/bowl/bowl.cpp:2", "src/quantbench/bowl/bowl.h:1",
                                         "apps/quantbench/cli/eat.cpp:3"])

    def test_a_name_is_found_in_the_file_of_another_plug_in(self):
        self.write("src/quantbench/fruit/nuts/pecan.cpp", ADDS.format("pecan") + 'auto other = get("quince");\n')
        self.assertEqual(self.places(), ["src/quantbench/fruit/nuts/pecan.cpp:4"])

    def test_a_name_with_a_hyphen_is_found_inside_a_sentence(self):
        self.write("src/quantbench/bowl/bowl.cpp", 'help("a quince, a pecan or a blood-orange");\n'
                                                   'read("blood-orange.json", "my-blood-orange");\n')
        self.assertEqual(self.places(), ["src/quantbench/bowl/bowl.cpp:1"])

    def test_own_files_comments_the_demo_and_operator_kinds_are_left_alone(self):
        self.write("src/quantbench/bowl/fruits/blood_orange.cpp", 'peel("blood-orange");\n')
        self.write("src/quantbench/bowl/bowl.cpp", '// get("quince")\n/* "quince" */ eat();  // "quince"\n')
        self.write("src/quantbench/demo/demo.cpp", 'get("quince");\n')
        self.write("src/quantbench/graph/edit.cpp", 'is("Relu");\n')
        self.assertEqual(self.places(), [])

    def test_a_fault_planted_in_the_real_sources_is_found(self):
        shutil.rmtree(self.root / "src")
        shutil.copytree(ROOT / "src", self.root / "src", ignore=shutil.ignore_patterns("target"))
        planted = []
        for name, literal in (("dataset/dataset.cpp", "parquet"), ("quantize/preparation.cpp", "fold_constants"),
                              ("report/render.cpp", "configuration_rows"), ("spec/grid.cpp", "pytorch"),
                              ("spec/keys.cpp", "minmax"), ("task/task.cpp", "bert")):
            path = self.root / "src" / "quantbench" / name
            text = path.read_text(encoding="utf-8")
            path.write_text(text + f'bool planted(const char* name) {{ return name == "{literal}"; }}\n',
                            encoding="utf-8")
            planted.append(f"src/quantbench/{name}:{text.count(chr(10)) + 1}")
        self.assertEqual(self.places(), planted)


if __name__ == "__main__":
    unittest.main()
