#!/usr/bin/env python3
"""scripts/check-english finds each banned phrase in docs, comments and messages, and accepts plain texts."""

import importlib.machinery
import importlib.util
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check-english"
sys.dont_write_bytecode = True  # importing leaves nothing in scripts/
LOADER = importlib.machinery.SourceFileLoader("check_english", str(SCRIPT))
CHECK = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_english", LOADER))
LOADER.exec_module(CHECK)

# Sentence, and the phrase in it.
BANNED = [
    ("'siblings' is no list of files", "is no"),
    ("bytes that are no UTF-8 become U+FFFD", "are no"),
    ("calls with what is no tuple", "what is no"),
    ("what is not written is not there", "what is not"),
    ("keys are nullopt, and so are equal to each other the cells that coincide", "and so are"),
    ("the first page is read, so is the second", "so is"),
    ("reads a figure such that it is written again", "such that"),
    ("the range is that of the scores", "that of"),
    ("those of the task, defaults filled in", "those of"),
    ("nobody asks for it", "nobody"),
    ("for all but who reads the store", "but who"),
    ("the activation range is none", "is none"),
    ("a worker that did not live to tell", "did not live to"),
    ("returns nothing of it behind", "nothing of it"),
    ("the first so many samples", "so many"),
    ("kept, but for the import", "but for"),
]

PLAIN = [
    "There is no session.",
    "The file is no longer open.",
    "It is no more than a list.",
    "None of them is left, and there is none in the cache.",
    "The key is missing, so the row is skipped.",
    "It has a hash, so that two runs can share it.",
    "That offset is valid.",
]


class CheckEnglish(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def lines(self):
        """What the script prints about the tree, and whether it exits as it should."""
        done = subprocess.run([SCRIPT, self.root], capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.returncode, 1 if done.stdout else 0)
        return done.stdout.splitlines()

    def expect(self, place, phrase, lines):
        self.assertTrue(any(line.lower().startswith(f'{place}: "{phrase}": '.lower()) for line in lines),
                        f"{place}: {phrase} in {lines}")

    def expect_each_banned_phrase(self, name, line, text):
        """Writes each sentence into a file of its own; the phrase must be found at `line` of it."""
        for number, (sentence, _) in enumerate(BANNED):
            self.write(name.format(number), text.format(sentence))
        lines = self.lines()
        for number, (_, phrase) in enumerate(BANNED):
            self.expect(f"{name.format(number)}:{line}", phrase, lines)

    def test_each_phrase_is_found_in_a_page(self):
        self.expect_each_banned_phrase("docs/{}.md", 4, "# Page\n\nA first line.\n{}.\n")

    def test_each_phrase_is_found_in_a_comment(self):
        self.expect_each_banned_phrase("src/{}.h", 3, "#pragma once\n\n/// {}.\nint a();\n")

    def test_each_phrase_is_found_in_a_message(self):
        self.expect_each_banned_phrase("apps/{}.cpp", 2, 'void a() {{\n  throw Error("{}", where);\n}}\n')

    def test_every_rule_is_needed_by_an_example(self):
        for pattern, _ in CHECK.RULES:
            self.assertTrue(any(re.search(pattern, sentence, re.I) for sentence, _ in BANNED), pattern)

    def test_a_phrase_is_found_across_a_line_break(self):
        self.write("docs/page.md", "The range is that\nof the scores.\n")
        self.write("src/a.cpp", "/// The range is that\n/// of the scores.\n")
        self.write("src/b.cpp", '  add("The range is that "\n      "of the scores");\n')
        self.write("assets/report/a.js", "const a = `the range is that\n  of ${b}`;\n")
        self.write("bench/a.py", '"""The range is that\nof the scores."""\n')
        self.write("cmake/a.cmake", "# The range is that\n# of the scores.\n")
        lines = self.lines()
        self.assertEqual(len(lines), 6)
        for place in ("docs/page.md:1", "src/a.cpp:1", "src/b.cpp:1", "assets/report/a.js:1", "bench/a.py:1",
                      "cmake/a.cmake:1"):
            self.expect(place, "that of", lines)

    def test_plain_sentences_are_accepted(self):
        self.write("docs/page.md", "\n\n".join(PLAIN))
        self.write("src/a.cpp", "".join(f"/// {sentence}\n\n" for sentence in PLAIN))
        self.assertEqual(self.lines(), [])

    def test_code_is_not_prose(self):
        self.write("docs/page.md", "`nobody`\n\n    nobody such that\n\n```\nnobody\n```\n")
        self.write("src/a.cpp", "int nobody = is none;  // a user\nconst char c = '\"'; int is, no, x;\n")
        # Strings of tests hold inputs and expected texts.
        self.write("tests/a_test.cpp", 'EXPECT_EQ(a(), "nobody");\n')
        self.assertEqual(self.lines(), [])


if __name__ == "__main__":
    unittest.main()
