"""A disk as a power cut leaves it. The recorder (preload/faults.cpp) gives the changes of a run in their order; this says what a
file system may hold of them when the power goes after some of them.

What is modelled, after ext4, XFS and the list of T. S. Pillai and others, "All File Systems Are Not Created Equal", OSDI 2014:
names (create, rename, unlink, mkdir) come to the disk in their order, through a journal that each sync of anything writes out;
the content of a file comes to it when that file is synced, or any time before, in blocks of 4 KiB and in any order."""

import dataclasses
import enum
import random

BLOCK = 4096


class Left(enum.Enum):
    """What the disk has of the changes that no sync asked for."""

    NOTHING = "neither names nor content"
    NAMES = "all names, no content: files are empty or as they were"
    ZEROS = "all names and sizes; content that was not synced is zeros"
    SOME = "names up to some moment, and some of the blocks"


@dataclasses.dataclass
class Change:
    kind: str
    fields: list
    data: bytes = b""

    @property
    def is_name(self):
        return self.kind in ("create", "mkdir", "rename", "unlink", "rmdir")

    @property
    def is_sync(self):
        return self.kind in ("sync", "sync_directory")


def read_log(path):
    """The changes; an inode's number becomes the file's own, since the system uses a number again."""
    raw = path.read_bytes()
    changes, files, at = [], {}, 0
    while at < len(raw):
        end = raw.index(b"\n", at)
        kind, *fields = raw[at:end].decode().split("\t")
        at = end + 1
        change = Change(kind, fields)
        if kind == "create":
            files[fields[0]] = len(changes)
        if kind in ("create", "write", "truncate", "sync"):
            if fields[0] not in files:
                raise ValueError(f"change of a file that the recorder did not see made: {kind} {fields}")
            fields[0] = files[fields[0]]
        if kind in ("write", "truncate"):
            fields[1:] = map(int, fields[1:])
        if kind == "write":
            change.data = raw[at : at + fields[2]]
            at += fields[2]
        changes.append(change)
    return changes


class Disk:
    def __init__(self, changes):
        self.changes = changes

    def syncs(self):
        """Moments (number of changes done) right after a sync, and the last one."""
        return [i + 1 for i, change in enumerate(self.changes) if change.is_sync] + [len(self.changes)]

    def image(self, moment, left, seed=0):
        """Files (path to bytes) and directories (path to None) after the first `moment` changes."""
        done = self.changes[:moment]
        last_sync = max((i + 1 for i, change in enumerate(done) if change.is_sync), default=0)
        randomly = random.Random(f"{seed} {moment}")
        names_until = {Left.NOTHING: last_sync, Left.SOME: randomly.randint(last_sync, moment)}.get(left, moment)
        synced = {}
        for i, change in enumerate(done):
            if change.kind == "sync":
                synced[change.fields[0]] = i
        contents = {}
        for i, change in enumerate(done):
            if change.kind not in ("write", "truncate"):
                continue
            content = contents.setdefault(change.fields[0], bytearray())
            certain = i < synced.get(change.fields[0], -1)
            if change.kind == "truncate":
                if certain or left is Left.ZEROS or (left is Left.SOME and randomly.random() < 0.5):
                    size = change.fields[1]
                    del content[size:]
                    content.extend(bytes(size - len(content)))
                continue
            _, offset, size = change.fields
            if not certain and left in (Left.NOTHING, Left.NAMES):
                continue
            if len(content) < offset + size:
                content.extend(bytes(offset + size - len(content)))
            if certain:
                content[offset : offset + size] = change.data
            elif left is Left.SOME:
                for begin in range(0, size, BLOCK):
                    if randomly.random() < 0.5:
                        part = change.data[begin : begin + BLOCK]
                        content[offset + begin : offset + begin + len(part)] = part
        return self._tree(names_until, contents)

    def whole(self):
        """What the run left, as all of its changes give it: equal to the directory if the recorder saw them all."""
        contents = {}
        for change in self.changes:
            if change.kind == "truncate":
                content = contents.setdefault(change.fields[0], bytearray())
                del content[change.fields[1] :]
                content.extend(bytes(change.fields[1] - len(content)))
            if change.kind == "write":
                content = contents.setdefault(change.fields[0], bytearray())
                _, offset, size = change.fields
                content.extend(bytes(max(0, offset + size - len(content))))
                content[offset : offset + size] = change.data
        return self._tree(len(self.changes), contents)

    def _tree(self, names_until, contents):
        names = {}
        for change in self.changes[:names_until]:
            if change.kind == "create":
                names[change.fields[1]] = change.fields[0]
            elif change.kind == "mkdir":
                names[change.fields[0]] = None
            elif change.kind in ("unlink", "rmdir"):
                names.pop(change.fields[0], None)
            elif change.kind == "rename":
                source, target = change.fields
                moved = {name: file for name, file in names.items() if name == source or name.startswith(source + "/")}
                for name, file in moved.items():
                    del names[name]
                    names[target + name[len(source) :]] = file
        return {name: None if file is None else bytes(contents.get(file, b"")) for name, file in names.items()}
