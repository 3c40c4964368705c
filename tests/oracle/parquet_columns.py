"""Columns of the types that data sets have, with nulls."""

import numpy
import pyarrow

WORDS = "the movie is a très charmant ☕ 𝄞 and \"often\" affecting\tjourney".split(" ")


def texts(count, random):
    return [" ".join(random.choice(WORDS, size=random.integers(0, 9))) for _ in range(count)]


def columns_of_every_type(n, random):
    """Name -> Arrow array of `n` cells."""

    def some(values):
        return [None if random.random() < 0.2 else value for value in values]

    ints = random.integers(0, 100, n).tolist()
    text = texts(n, random)
    return {
        "null": pyarrow.nulls(n),
        "bool": pyarrow.array(some([bool(i % 2) for i in ints])),
        **{f"int{bits}": pyarrow.array(some(ints), getattr(pyarrow, f"int{bits}")()) for bits in (8, 16, 32, 64)},
        **{f"uint{bits}": pyarrow.array(some(ints), getattr(pyarrow, f"uint{bits}")()) for bits in (8, 16, 32, 64)},
        "largest": pyarrow.array([2**64 - 1] * n, pyarrow.uint64()),
        "half": pyarrow.array(some(numpy.array(random.normal(size=n), numpy.float16)), pyarrow.float16()),
        "float": pyarrow.array(some(random.normal(size=n)), pyarrow.float32()),
        "double": pyarrow.array(some(random.normal(size=n) * 1e300), pyarrow.float64()),
        "string": pyarrow.array(some(text), pyarrow.string()),
        "large_string": pyarrow.array(some(text), pyarrow.large_string()),
        "string_view": pyarrow.array(some(text), pyarrow.string_view()),
        "binary": pyarrow.array(some([t.encode() for t in text]), pyarrow.binary()),
        "large_binary": pyarrow.array(some([t.encode() for t in text]), pyarrow.large_binary()),
        "fixed_binary": pyarrow.array(some([b"abcd"] * n), pyarrow.binary(4)),
        "dictionary": pyarrow.array(some([WORDS[i % 7] for i in ints])).dictionary_encode(),
        "list": pyarrow.array(some([some(text[: i % 4]) for i in ints]), pyarrow.list_(pyarrow.string())),
        "large_list": pyarrow.array(some([ints[: i % 4] for i in ints]), pyarrow.large_list(pyarrow.int16())),
        "fixed_list": pyarrow.array(some([[i, i + 1] for i in ints]), pyarrow.list_(pyarrow.int64(), 2)),
        "lists": pyarrow.array(some([[ints[: i % 3], [], None] for i in ints])),
        "struct": pyarrow.array(some([{"a": i, "b": {"c": [str(i)]}} for i in ints])),
        "structs": pyarrow.array(some([[{"a": i}, None] for i in ints])),
    }
