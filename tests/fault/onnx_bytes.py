"""ONNX models of a few bytes, written field by field (onnx.proto3; https://protobuf.dev/programming-guides/encoding)."""

import struct

FLOAT, INT64 = 1, 7


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(tag, content):
    """Text or a message."""
    return varint(tag << 3 | 2) + varint(len(content)) + content


def number(tag, value):
    return varint(tag << 3) + varint(value)


def node(kind, inputs, output, *attributes):
    return b"".join(field(1, name) for name in inputs) + field(2, output) + field(4, kind) + b"".join(attributes)


def integer_attribute(name, value):
    return field(5, field(1, name) + number(3, value) + number(20, 2))


def text_attribute(name, value):
    return field(5, field(1, name) + field(4, value) + number(20, 3))


def floats(name, count):
    """A constant of floats 0, 1, ..."""
    return number(1, count) + number(2, FLOAT) + field(8, name) + field(9, struct.pack(f"<{count}f", *range(count)))


def zero_integers(name, count):
    return number(1, count) + number(2, INT64) + field(8, name) + field(9, bytes(8 * count))


def external_floats(name, count, location):
    place = field(1, b"location") + field(2, location)
    return number(1, count) + number(2, FLOAT) + field(8, name) + field(13, place) + number(14, 1)


def model(nodes, initializers, output):
    """Of opset 13, without inputs; `output` is a tensor of floats."""
    graph = b"".join(field(1, each) for each in nodes) + field(2, b"g")
    graph += b"".join(field(5, each) for each in initializers)
    graph += field(12, field(1, output) + field(2, field(1, number(1, FLOAT))))
    return number(1, 8) + field(7, graph) + field(8, number(2, 13))


def doubled(times):
    """A constant of 4000 bytes that Concat doubles, `times` in a row."""
    axis = integer_attribute(b"axis", 0)
    nodes = [node(b"Concat", [b"k%d" % i, b"k%d" % i], b"k%d" % (i + 1), axis) for i in range(times)]
    return model(nodes, [floats(b"k0", 1000)], b"k%d" % times)
