"""The corpus' vocabulary as vectors: which of its words mean much the same as a user's word.

Colloquial words (薪水, 好处) and official ones (工资, 优惠) are brought together by the
embedding model, not by a table of synonyms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding import Vectors

# e5 cosines of single words: unrelated pairs reach 0.92, near-synonyms 0.95 to 0.99.
_UNRELATED = 0.92
_HAN_WORD = re.compile(r"[\u4e00-\u9fff]{2,8}")
_LIMIT = 24


def is_entry(word: str) -> bool:
    """Whether a token belongs in the lexicon."""
    return bool(_HAN_WORD.fullmatch(word))


class Lexicon:
    """Corpus words and their vectors, shape (len(words), dimension), L2-normalised."""

    def __init__(
        self, words: Sequence[str], vectors: Vectors, encode: Callable[[list[str]], Vectors]
    ) -> None:
        self._rows = {word: row for row, word in enumerate(words)}
        self._words = tuple(words)
        self._vectors = vectors
        self._encode = encode
        self.similar = lru_cache(maxsize=4096)(self._similar)

    def save(self, file: Path) -> None:
        """Write to an .npz file (vectors as float16)."""
        half = self._vectors.astype(np.float16)
        np.savez(file, words=np.array(self._words), vectors=half)

    @classmethod
    def load(cls, file: Path, encode: Callable[[list[str]], Vectors]) -> Lexicon:
        """Read what `save` wrote."""
        with np.load(file, allow_pickle=False) as stored:
            return cls(stored["words"].tolist(), stored["vectors"].astype(np.float32), encode)

    def _similar(self, word: str) -> dict[str, float]:
        """Corpus words near `word`, with a strength of 0-1; the word itself is left out."""
        if not len(self._words) or not is_entry(word):
            return {}
        row = self._rows.get(word)
        vector: np.ndarray[Any, Any]
        vector = self._vectors[row] if row is not None else self._encode([word])[0]
        strength = np.clip((self._vectors @ vector - _UNRELATED) / (1 - _UNRELATED), 0, 1)
        best = np.argsort(-strength)[:_LIMIT]
        return {
            self._words[i]: float(strength[i])
            for i in best
            if strength[i] > 0 and self._words[i] != word
        }
