"""The cache: nothing of the user's is deleted, and nothing in it is trusted by its name alone."""

import json
import os
import pathlib
import time
import unittest

import harness

DAYS_AGO = time.time() - 3 * 24 * 3600


def make_old(path):
    for entry in [path, *path.rglob("*")] if path.is_dir() else [path]:
        os.utime(entry, (DAYS_AGO, DAYS_AGO), follow_symlinks=False)


class FilesOfTheUser(harness.Case):
    """--cache names a directory that is the user's own."""

    def test_a_directory_with_files_of_others_is_refused_and_kept(self):
        project = self.scratch / "project"
        for name in ("staging/deploy.sh", "staging/release/notes.txt", "artefacts/logo.svg"):
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text("the user's\n")
        make_old(project)
        before = harness.tree(project)
        result = self.run_program(*self.run_arguments(), "--cache", project)
        self.assertEqual(harness.tree(project), before)
        self.assert_one_line(result, project)
        for arguments in (["cache", "--cache", project], ["cache", "--cache", project, "--prune", "--older-than", "1h"]):
            self.run_program(*arguments)
            self.assertEqual(harness.tree(project), before, arguments)

    def test_a_link_in_the_place_of_a_directory_of_the_cache_is_not_followed(self):
        self.assert_ok(self.run_program(*self.run_arguments()))
        mine = self.scratch / "mine"
        (mine / "sub").mkdir(parents=True)
        # Named as the program names what it leaves behind, too.
        for name in ("sub/file", "0123456789abcdef-AbCdEf", "deploy.sh"):
            (mine / name).write_text("the user's\n")
        make_old(mine)
        before = harness.tree(mine)
        staging = self.cache / "staging"
        for entry in staging.iterdir():
            self.fail(f"a run leaves {entry} behind")
        staging.rmdir()
        staging.symlink_to(mine)
        self.run_program(*self.run_arguments(), "--fresh")
        self.assertEqual(harness.tree(mine), before)
        staging.unlink()
        staging.mkdir()
        (staging / "0123456789abcdef-AbCdEf").symlink_to(mine)
        make_old(staging)
        self.run_program(*self.run_arguments(), "--fresh")
        self.assertEqual(harness.tree(mine), before)

    def test_prune_follows_no_link_and_keeps_what_is_not_an_artefact(self):
        self.assert_ok(self.run_program(*self.run_arguments()))
        mine = self.scratch / "mine"
        mine.mkdir()
        (mine / "model.onnx").write_bytes(bytes(1000))
        before = harness.tree(mine)
        place = self.cache / "artefacts"
        (place / "aa").mkdir(exist_ok=True)
        (place / "aa" / ("aa" + "0" * 62)).symlink_to(mine)
        (place / "notes").mkdir()
        (place / "notes" / "todo.txt").write_text("the user's\n")
        make_old(place)
        self.assert_known_status(self.run_program("cache", "--prune", "--older-than", "1h"))
        self.assertEqual(harness.tree(mine), before)
        self.assertTrue((place / "notes" / "todo.txt").exists())


class ChangedArtefacts(harness.Case):
    """A file of the cache that is no longer what the stage wrote."""

    def damage(self):
        """Ways to change a model and keep its size and its place."""

        def zeros(path):
            content = bytearray(path.read_bytes())
            content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
            return bytes(content)

        def one_bit(path):
            content = bytearray(path.read_bytes())
            content[len(content) * 3 // 4] ^= 0x40
            return bytes(content)

        def all_zeros(path):
            return bytes(path.stat().st_size)

        ways = {"one bit": one_bit, "zeros in its second half": zeros, "zeros": all_zeros}
        return ways if harness.ALL else dict(list(ways.items())[:1])

    def test_a_changed_model_is_made_again_and_the_store_stays_right(self):
        self.assert_ok(self.run_program(*self.run_arguments()))
        figures, models = self.figures(), self.models()
        for name, damaged in self.damage().items():
            for path in sorted((self.cache / "artefacts").rglob("model.onnx")):
                with self.subTest(name, model=str(path.relative_to(self.cache))):
                    times = path.stat()
                    path.write_bytes(damaged(path))
                    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
                    result = self.run_program(*self.run_arguments(), "--fresh")
                    self.assert_ok(result)
                    self.assertIn("warning", result.errors)
                    self.assertEqual(self.figures(), figures)
                    self.assertEqual(self.models(), models)
                    # A run with another cache takes the figures of the store: they are right.
                    self.assert_ok(self.run_program(*self.run_arguments(), "--cache", self.scratch / "other"))
                    self.assertEqual(self.figures(), figures)

    def test_a_changed_model_is_noticed_with_an_empty_store(self):
        self.assert_ok(self.run_program(*self.run_arguments()))
        figures, models = self.figures(), self.models()
        for path in (self.cache / "artefacts").rglob("model.onnx"):
            path.write_bytes(self.damage()["one bit"](path))
        for path in self.scratch.glob("store.sqlite*"):
            path.unlink()
        self.assert_ok(self.run_program(*self.run_arguments()))
        self.assertEqual(self.figures(), figures)
        self.assertEqual(self.models(), models)

    def test_a_changed_description_is_not_trusted(self):
        self.assert_ok(self.run_program(*self.run_arguments()))
        figures, models = self.figures(), self.models()
        others = [b"", b"{", b"[]", b"{}", b"null", b'{"artefact": {"files": [{"name": "../../../x", "bytes": 1}]}}']
        for content in others:
            for path in (self.cache / "artefacts").rglob("result.json"):
                path.write_bytes(content)
            with self.subTest(content):
                self.assert_ok(self.run_program(*self.run_arguments(), "--fresh"))
                self.assertEqual(self.figures(), figures)
                self.assertEqual(self.models(), models)

    def test_a_pipe_or_a_link_in_the_place_of_a_model_is_not_waited_for(self):
        self.assert_ok(self.run_program(*self.run_arguments()))
        figures = self.figures()
        mine = self.scratch / "mine.onnx"
        for kind in ("pipe", "link"):
            for path in list((self.cache / "artefacts").rglob("model.onnx")):
                mine.write_bytes(path.read_bytes())
                path.unlink()
                os.mkfifo(path) if kind == "pipe" else path.symlink_to(mine)
            before = mine.read_bytes()
            with self.subTest(kind):
                self.assert_ok(self.run_program(*self.run_arguments(), "--fresh"))
                self.assertEqual(self.figures(), figures)
                self.assertEqual(mine.read_bytes(), before)


if __name__ == "__main__":
    harness.main()
