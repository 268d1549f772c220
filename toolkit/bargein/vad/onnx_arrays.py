"""The arrays that stand in an ONNX file, read without the onnx package: a network of our own needs its numbers only.

An ONNX file is a protobuf message: fields one after another, each a key (number of the field, and how it is written)
and a value. Only three messages on the way to the arrays are opened, everything else is stepped over::

    ModelProto ──7──► GraphProto ──5──► TensorProto   1 dimension (repeated) · 2 type · 8 name · 9 the numbers
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from bargein.audio.files import Float32

#: Numbers of the messages that are opened, from onnx.proto of the ONNX project.
GRAPH, INITIALISER = 7, 5
FLOAT = 1  # TensorProto.DataType
#: How a value is written: a varint, eight bytes, a length and that many bytes, four bytes.
VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5


def arrays(model: bytes) -> dict[str, Float32]:
    r"""Give the arrays of 32-bit floats that a model brings along, by name.

    Parameters
    ----------
    model
        Content of an ``.onnx`` file whose arrays stand in the file itself, packed as bytes.

    Returns
    -------
    Arrays of their own, in the file's order and with the file's shapes.

    Raises
    ------
    ValueError
        ``model`` is no such file, or ends in the middle of a field; an array of another type, or of other than as many
        numbers as its shape says.

    References
    ----------
    onnx/onnx:onnx/onnx.proto; protobuf.dev/programming-guides/encoding.

    Examples
    --------
    >>> tensor = b"\x08\x02" + b"\x10\x01" + b"\x42\x01w" + b"\x4a\x08" + np.array([1, 2], "<f4").tobytes()
    >>> graph = b"\x2a" + bytes([len(tensor)]) + tensor
    >>> arrays(b"\x3a" + bytes([len(graph)]) + graph)
    {'w': array([1., 2.], dtype=float32)}
    """
    graphs = _values(model, GRAPH)
    return dict(_array(tensor) for graph in graphs for tensor in _values(graph, INITIALISER))


def _array(tensor: bytes) -> tuple[str, Float32]:
    shape: list[int] = []
    kind, name, raw = 0, "", b""
    for field, value in _fields(tensor):
        match field, value:  # the drawing at the top says the numbers
            case (1, int()):
                shape.append(value)
            case (2, int()):
                kind = value
            case (8, bytes()):
                name = value.decode()
            case (9, bytes()):
                raw = value
    if kind != FLOAT or len(raw) != 4 * math.prod(shape):
        raise ValueError(f"array {name!r}: type {kind}, {len(raw)} bytes, shape {shape}: not 32-bit floats as bytes")
    return name, np.frombuffer(raw, "<f4").astype(np.float32).reshape(shape)


def _values(message: bytes, wanted: int) -> Iterator[bytes]:
    return (value for field, value in _fields(message) if field == wanted and isinstance(value, bytes))


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        written = key & 7
        if written == VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if written == BYTES:
            length, at = _varint(message, at)
        elif written in {EIGHT, FOUR}:
            length = 8 if written == EIGHT else 4
        else:
            raise ValueError(f"byte {at}: a field written in way {written}: not an ONNX file")
        if at + length > len(message):
            raise ValueError(f"byte {at}: {length} bytes announced, {len(message) - at} left: cut short")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, lowest first; the eighth says that another byte follows."""
    value = 0
    for place in range(10):
        if at >= len(message):
            raise ValueError(f"byte {at}: the file ends in the middle of a number: cut short")
        byte, at = message[at], at + 1
        value |= (byte & 127) << 7 * place
        if byte < 128:
            return value, at
    raise ValueError(f"byte {at}: a number of more than ten bytes: not an ONNX file")
