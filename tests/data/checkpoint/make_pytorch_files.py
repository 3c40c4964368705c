"""Writes the small files of torch.save that tests/checkpoint/pytorch_test.cpp reads, beside this script:

    .venv/bin/python tests/data/checkpoint/make_pytorch_files.py
"""

import collections
import os
from pathlib import Path

import torch

HERE = Path(__file__).parent


def counted(shape, dtype=torch.float32):
    """0, 1, 2, ... of that shape."""
    return torch.arange(torch.Size(shape).numel()).reshape(shape).to(dtype)


def state_dict():
    weight = counted([2, 3])
    state = collections.OrderedDict(
        weight=weight,
        tied=weight,
        parameter=torch.nn.Parameter(counted([2]) + 0.5),
        transposed=counted([2, 3]).t(),
        column=counted([3, 4])[:, 1:3],
        row=counted([3, 4])[1],
        scalar=torch.tensor(7.0),
        empty=torch.zeros(0, 4),
        half=counted([2], torch.float16),
        bfloat=counted([2], torch.bfloat16),
        double=counted([2], torch.float64),
        ids=counted([2], torch.int64) - 1,
        flags=torch.tensor([True, False]),
    )
    state["steps"] = 3  # no tensor: left out
    state._metadata = collections.OrderedDict(version=1)
    return state


class Command:
    """Unpickles, where it is let, to a call of os.system."""

    def __reduce__(self):
        return os.system, ("echo this must never run",)


def main():
    torch.save(state_dict(), HERE / "zip.bin")
    torch.save(state_dict(), HERE / "legacy.bin", _use_new_zipfile_serialization=False)
    torch.save(dict(weight=torch.ones(1), command=Command()), HERE / "command.bin")
    torch.save(dict(weight=torch.ones(1), command=Command()), HERE / "legacy_command.bin",
               _use_new_zipfile_serialization=False)
    torch.save([torch.ones(1)], HERE / "list.bin")


if __name__ == "__main__":
    main()
