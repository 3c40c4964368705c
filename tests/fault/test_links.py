"""Links: a walk of a data set stays within it, and nothing is written through a link that someone planted."""

import os
import shutil

import harness
from loopback_hub import LoopbackHub


class DataSets(harness.Case):
    def run_on(self, data):
        return self.run_program(*self.run_arguments(dataset__path=data), timeout=60)

    def test_a_directory_link_out_of_the_data_set_is_not_followed(self):
        """`root -> /` would walk the whole system; `up -> ..` would never end."""
        data = self.demo() / "data"
        (data / "root").symlink_to("/")
        (data / "up").symlink_to("..")
        elsewhere = self.scratch / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "validation-00001.tsv").write_text("sentence\tlabel\nnot of this data set\t1\n")
        (data / "other").symlink_to(elsewhere)
        self.assert_ok(self.run_on(data))

    def test_a_data_set_that_is_a_link_itself_is_read(self):
        data = self.demo() / "data"
        (self.scratch / "link").symlink_to(data)
        self.assert_ok(self.run_on(self.scratch / "link"))

    def test_links_of_files_are_read(self):
        """As the Hub's cache has it: each file of a snapshot is a link to a blob."""
        data = self.demo() / "data"
        blobs = self.scratch / "blobs"
        blobs.mkdir()
        for path in list(data.iterdir()):
            shutil.move(path, blobs / path.name)
            path.symlink_to(blobs / path.name)
        self.assert_ok(self.run_on(data))


class HubCache(harness.Case):
    def setUp(self):
        super().setUp()
        self.hub = LoopbackHub().__enter__()
        self.addCleanup(self.hub.__exit__)
        files = {path.name: path for path in (harness.DEMO / "model").iterdir()}
        self.hub.add("models", "acme/tiny", files)
        self.home = self.scratch / "huggingface"
        self.repository = self.home / "hub" / "models--acme--tiny"

    def export(self):
        output = self.scratch / "m.onnx"
        environment = self.hub.environment(self.home)
        return self.run_program(
            "export", "acme/tiny", "--task", "text-classification", "-o", output, environment=environment
        )

    def test_a_planted_link_in_the_shared_cache_is_not_written_through(self):
        self.assert_ok(self.export())
        made = [
            path.relative_to(self.repository)
            for path in self.repository.rglob("*")
            if path.is_file() or path.is_symlink()
        ]
        self.assertGreater(len(made), 5)
        mine = self.scratch / "mine"
        mine.mkdir()
        target = mine / "precious"
        # The names that the program creates on its way, too.
        names = [name.with_name(name.name + suffix) for suffix in ("", ".incomplete", ".lock") for name in made]
        for i, planted in enumerate(names):
            # A link to a file, which keeps its content; a link to nothing: the file that it names is not made.
            for is_there in (True, False) if harness.ALL else (i % 2 == 0,):
                with self.subTest(planted=str(planted), is_there=is_there):
                    shutil.rmtree(self.home)
                    if is_there:
                        target.write_text("the user's\n")
                    link = self.repository / planted
                    link.parent.mkdir(parents=True)
                    link.symlink_to(target)
                    self.assert_known_status(self.export())
                    if is_there:
                        self.assertEqual(target.read_text(), "the user's\n")
                        target.unlink()
                    self.assertEqual(os.listdir(mine), [])


if __name__ == "__main__":
    harness.main()
