"""The corpus' vocabulary as vectors: which of its words mean much the same as a user's word.

Colloquial words (薪水, 好处) and official ones (工资, 优惠) are brought together by the
embedding model, not by a table of synonyms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding import Vectors

# e5 cosines of single words: unrelated pairs reach 0.92, near-synonyms 0.95 to 0.99.
_UNRELATED = 0.92
_HAN_WORD = re.compile(r"[\u4e00-\u9fff]{2,8}")
_LIMIT = 24
_BLOCK = 1024
_REMEMBERED = 4096
Rows = np.ndarray[Any, np.dtype[np.int32]]


def is_entry(word: str) -> bool:
    """Whether a token belongs in the lexicon."""
    return bool(_HAN_WORD.fullmatch(word))


def strengths(vectors: Vectors, others: Vectors) -> Vectors:
    """How much words mean the same, 0-1, shape (len(vectors), len(others)), from their cosines."""
    found: Vectors = np.clip((vectors @ others.T - _UNRELATED) / (1 - _UNRELATED), 0, 1)
    return found


def _strongest(row: Vectors, own: int | None) -> list[int]:
    """The nearest entries of a row of strengths, strongest first, without the word itself."""
    near = np.flatnonzero(row)
    best = near[np.argsort(-row[near], kind="stable")][:_LIMIT]
    return [int(at) for at in best if at != own]


class Lexicon:
    """Corpus words, their vectors, shape (len(words), dimension), and each word's nearest.

    `near[starts[i] : starts[i + 1]]` are the rows of the words nearest to word i, strongest
    first, `strength` says how near; what a build works out once, no question waits for.
    """

    def __init__(
        self,
        words: Sequence[str],
        vectors: Vectors,
        starts: Rows,
        near: Rows,
        strength: Vectors,
        encode: Callable[[list[str]], Vectors],
    ) -> None:
        self._rows = {word: row for row, word in enumerate(words)}
        self._words = tuple(words)
        self._vectors = vectors
        self._starts, self._near, self._strength = starts, near, strength
        self._encode = encode
        # What was worked out for words that the corpus does not know.
        self._looked_up: dict[str, dict[str, float]] = {}

    @classmethod
    def build(
        cls, words: Sequence[str], vectors: Vectors, encode: Callable[[list[str]], Vectors]
    ) -> Lexicon:
        """Work the nearest words of every word out."""
        # As they are stored, so that a word looked up later is compared alike.
        vectors = vectors.astype(np.float16).astype(np.float32)
        counts, near, strength = [0], [], []
        for at in range(0, len(words), _BLOCK):
            block = strengths(vectors[at : at + _BLOCK], vectors)
            for row, values in enumerate(block, start=at):
                best = _strongest(values, row)
                counts.append(len(best))
                near += best
                strength += values[best].tolist()
        return cls(
            words,
            vectors,
            np.cumsum(counts, dtype=np.int32),
            np.array(near, dtype=np.int32),
            np.array(strength, dtype=np.float32),
            encode,
        )

    def save(self, file: Path) -> None:
        """Write to an .npz file (vectors as float16)."""
        np.savez(
            file,
            words=np.array(self._words),
            vectors=self._vectors.astype(np.float16),
            starts=self._starts,
            near=self._near,
            strength=self._strength,
        )

    @classmethod
    def load(cls, file: Path, encode: Callable[[list[str]], Vectors]) -> Lexicon:
        """Read what `save` wrote."""
        with np.load(file, allow_pickle=False) as stored:
            return cls(
                stored["words"].tolist(),
                stored["vectors"].astype(np.float32),
                stored["starts"],
                stored["near"],
                stored["strength"],
                encode,
            )

    def similar(self, words: Iterable[str]) -> dict[str, dict[str, float]]:
        """For each word the corpus words near it, with a strength of 0-1, the strongest first.

        Words that the corpus does not know are encoded together: apart, each takes as long as a
        short question.
        """
        words = list(words)
        known = {word: self._looked_up[word] for word in words if word in self._looked_up}
        fresh = [
            word
            for word in words
            if self._words and is_entry(word) and word not in self._rows and word not in known
        ]
        if fresh:
            vectors = self._encode(fresh)
            known |= {word: self._nearest(vectors[at]) for at, word in enumerate(fresh)}
            if len(self._looked_up) > _REMEMBERED:
                self._looked_up = {}
            self._looked_up |= known
        return {word: known[word] if word in known else self._stored(word) for word in words}

    def _stored(self, word: str) -> dict[str, float]:
        row = self._rows.get(word)
        if row is None or not is_entry(word):
            return {}
        start, end = self._starts[row : row + 2]
        near, strength = self._near[start:end].tolist(), self._strength[start:end].tolist()
        return {self._words[at]: found for at, found in zip(near, strength, strict=True)}

    def _nearest(self, vector: Vectors) -> dict[str, float]:
        values = strengths(vector[None], self._vectors)[0]
        near = _strongest(values, None)
        found = values[near].tolist()
        return {self._words[at]: strength for at, strength in zip(near, found, strict=True)}
