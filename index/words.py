"""The words of every clause and of its sentences, cut once when the index is built.

Kept as numbers in memory-mapped rows: cutting the clauses that a question finds would take longer
than everything that is read of their words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from corpus.document import Clause
from index.passages import body_sentences
from index.tokenizer import Tokenizer

Numbers = np.ndarray[Any, np.dtype[np.int32]]
Offsets = np.ndarray[Any, np.dtype[np.int64]]
# The headings that are read with every sentence: the clause's own and the one above it.
_HEADINGS = 2


@dataclass(frozen=True)
class ClauseWords:
    """Distinct words of texts, as places in `vocabulary`.

    The words of text t are `words[starts[t] : starts[t + 1]]`. The texts of clause i are
    `firsts[i]` (all of it, with its heading) and from there up to `firsts[i + 1]` its sentences,
    each with the heading, as `body_sentences` numbers them.
    """

    ids: tuple[str, ...]
    vocabulary: tuple[str, ...]
    words: Numbers
    starts: Offsets
    firsts: Offsets

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.ids)}

    def whole(self, clause_id: str) -> int:
        """The text that is all of a clause. Raises KeyError where it is not indexed."""
        return int(self.firsts[self._rows[clause_id]])

    def sentences(self, clause_id: str) -> range:
        """The texts that are its sentences. Raises KeyError where it is not indexed."""
        row = self._rows[clause_id]
        return range(int(self.firsts[row]) + 1, int(self.firsts[row + 1]))

    def of(self, text: int) -> frozenset[str]:
        """The words of a text."""
        numbers = self.words[self.starts[text] : self.starts[text + 1]]
        return frozenset(map(self.vocabulary.__getitem__, numbers.tolist()))

    @classmethod
    def build(cls, clauses: Sequence[Clause], tokenizer: Tokenizer) -> ClauseWords:
        """Cut every clause into words."""
        numbers: dict[str, int] = {}
        words: list[int] = []
        starts, firsts = [0], [0]
        for clause in clauses:
            heading = set(tokenizer.words(" ".join(clause.heading_path[-_HEADINGS:])))
            sentences = [
                heading.union(tokenizer.words(span.of(clause.text)))
                for _, span in body_sentences(clause)
            ]
            for text in (heading.union(*sentences), *sentences):
                words += sorted(numbers.setdefault(word, len(numbers)) for word in text)
                starts.append(len(words))
            firsts.append(len(starts) - 1)
        return cls(
            tuple(clause.id for clause in clauses),
            tuple(numbers),
            np.array(words, dtype=np.int32),
            np.array(starts, dtype=np.int64),
            np.array(firsts, dtype=np.int64),
        )

    def save(self, folder: Path) -> None:
        """Write to a new folder."""
        folder.mkdir()
        np.save(folder / "words.npy", self.words)
        np.save(folder / "starts.npy", self.starts)
        np.save(folder / "firsts.npy", self.firsts)
        vocabulary = json.dumps(self.vocabulary, ensure_ascii=False)
        (folder / "vocabulary.json").write_text(vocabulary, "utf-8")


def load(folder: Path, ids: Sequence[str]) -> ClauseWords:
    """Open what `save` wrote for the same clauses. Raises ValueError where it does not fit."""
    words = np.load(folder / "words.npy", mmap_mode="r", allow_pickle=False)
    starts, firsts = (
        np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("starts", "firsts")
    )
    vocabulary = tuple(json.loads((folder / "vocabulary.json").read_text("utf-8")))
    if (starts[-1], firsts[-1], len(firsts)) != (len(words), len(starts) - 1, len(ids) + 1):
        raise ValueError("words do not fit the clauses")
    return ClauseWords(tuple(ids), vocabulary, words.view(np.ndarray), starts, firsts)
