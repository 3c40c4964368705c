"""The power goes after a sync of a run: whatever of the rest the disk holds, the next run comes to the same results."""

import hashlib
import pathlib
import random
import shutil
import unittest

import harness
from disk_model import Change, Disk, Left, read_log

IMAGES = 400 if harness.ALL else 10


class PowerCut(harness.Case):
    def setUp(self):
        super().setUp()
        self.disk = self.scratch / "disk"
        self.disk.mkdir()
        self.store, self.cache, self.out = self.disk / "store.sqlite", self.disk / "cache", self.disk / "out"

        self.log = self.scratch / "log"
        self.log.write_bytes(b"")

    def recorder(self):
        return {
            "LD_PRELOAD": harness.PRELOAD,
            "QUANTBENCH_FAULT_UNDER": self.disk,
            "QUANTBENCH_FAULT_LOG": self.log,
        }

    def record(self, *arguments):
        self.assert_ok(self.run_program(*arguments, environment=self.recorder()))
        disk = Disk(read_log(self.log))
        self.assert_recorder_saw_all(disk)
        return disk

    def assert_recorder_saw_all(self, disk):
        tree = {}
        for path in self.disk.rglob("*"):
            if not path.name.endswith("-shm"):  # SQLite's shared memory, which it makes anew
                tree[str(path)] = None if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
        seen = {
            name: None if content is None else hashlib.sha256(content).hexdigest()
            for name, content in disk.whole().items()
            if not name.endswith("-shm")
        }
        self.assertEqual(seen, tree)

    def put(self, image):
        shutil.rmtree(self.disk)
        self.disk.mkdir()
        for name, content in sorted(image.items()):
            path = pathlib.Path(name)
            if name.endswith("-shm"):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.mkdir(exist_ok=True)
            else:
                path.write_bytes(content)

    def images(self, disk, seed=harness.SEED):
        """(moment, what is left) pairs, at most IMAGES of them: drawn at random from all."""
        every = [(moment, left) for moment in disk.syncs() for left in Left]
        return random.Random(seed).sample(every, min(IMAGES, len(every)))

    def test_a_run_after_a_power_cut_comes_to_the_same_results(self):
        disk = self.record(*self.run_arguments())
        figures, models = self.figures(), self.models()
        for moment, left in self.images(disk):
            with self.subTest(moment=moment, of=len(disk.changes), left=left.value):
                self.put(disk.image(moment, left, seed=harness.SEED))
                self.assert_ok(self.run_program(*self.run_arguments()))
                self.assertEqual(self.figures(), figures)
                self.assertEqual(self.models(), models)

    def test_results_that_replace_older_ones_are_the_older_or_the_newer_ones(self):
        self.record(*self.run_arguments())
        older = harness.tree(self.out)
        first = len(read_log(self.log))
        self.assert_ok(self.run_program(*self.run_arguments(), environment=self.recorder()))
        newer = harness.tree(self.out)
        self.assertNotEqual(newer["results.json"], older["results.json"])
        changes = read_log(self.log)
        # Half a minute lies between the two runs: the system has written what no one asked for.
        made = [change.fields[0] for change in changes[:first] if change.kind == "create"]
        changes[first:first] = [Change("sync", [file]) for file in made] + [Change("sync_directory", [str(self.disk)])]
        begin = first + len(made) + 1
        disk = Disk(changes)
        for moment in range(begin, len(disk.changes) + 1):
            for left in Left:
                image = disk.image(moment, left, seed=harness.SEED)
                for name in older:
                    with self.subTest(moment=moment, of=len(disk.changes), left=left.value, file=name):
                        content = image.get(str(self.out / name))
                        self.assertIsNotNone(content, "is gone")
                        self.assertIn(hashlib.sha256(content).hexdigest(), (older[name], newer[name]))


if __name__ == "__main__":
    harness.main()
