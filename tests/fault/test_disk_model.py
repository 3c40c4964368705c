"""The model of a disk finds what it is there to find: a writer that forgets a sync, and none that does not."""

import unittest

from disk_model import Change, Disk, Left


def replace(content, syncs):
    """A new content for /f, which was synced: written beside and renamed over it."""
    changes = [
        Change("create", [0, "/f"]),
        Change("write", [0, 0, 3], b"old"),
        Change("sync", [0]),
        Change("create", [1, "/f.new"]),
        Change("write", [1, 0, len(content)], content),
    ]
    if syncs:
        changes.append(Change("sync", [1]))
    return Disk([*changes, Change("rename", ["/f.new", "/f"]), Change("sync_directory", ["/"])])


class DiskModel(unittest.TestCase):
    def left_in(self, disk, name):
        """Every content that the file may have after a power cut from the moment that its first content was synced."""
        found = set()
        for moment in range(3, len(disk.changes) + 1):
            for left in Left:
                for seed in range(20):
                    found.add(disk.image(moment, left, seed).get(name))
        return found

    def test_a_file_that_is_synced_before_it_replaces_another_is_never_torn(self):
        new = bytes(range(1, 256)) * 100
        self.assertEqual(self.left_in(replace(new, syncs=True), "/f"), {b"old", new})

    def test_a_file_that_is_not_synced_may_be_empty_zeros_or_in_part(self):
        new = bytes(range(1, 256)) * 100
        left = self.left_in(replace(new, syncs=False), "/f")
        self.assertIn(b"", left)
        self.assertIn(bytes(len(new)), left)
        self.assertTrue(any(content not in (b"old", new, b"", bytes(len(new))) for content in left))

    def test_names_come_in_their_order_and_directories_move_whole(self):
        disk = Disk(
            [
                Change("mkdir", ["/a"]),
                Change("create", [1, "/a/f"]),
                Change("write", [1, 0, 1], b"x"),
                Change("sync", [1]),
                Change("rename", ["/a", "/b"]),
                Change("unlink", ["/b/f"]),
            ]
        )
        self.assertEqual(disk.image(5, Left.NAMES), {"/b": None, "/b/f": b"x"})
        self.assertEqual(disk.image(6, Left.NOTHING), {"/a": None, "/a/f": b"x"})
        self.assertEqual(disk.whole(), {"/b": None})


if __name__ == "__main__":
    unittest.main(verbosity=2)
