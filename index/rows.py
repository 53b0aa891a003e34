"""The passages' vectors as plain rows in a memory-mapped file, beside the vector store.

For what a nearest-neighbour search cannot give: the exact cosine of a question with every
clause of the corpus, or with the sentences of given clauses. One page cache serves all
processes that open the index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding import Vectors
from index.passages import Passage

# Rows whose products are worked out at once: 768 KB at 384 dimensions.
_BLOCK = 512
Offsets = np.ndarray[Any, np.dtype[np.int64]]
Scores = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class PassageRows:
    """Vectors of the passages, those of one clause side by side, clauses in index order.

    `clauses` and `sentences` have shape (passages, dimension), L2-normalised; the passages of
    clause i are rows `starts[i]` up to `starts[i + 1]`. `numbers` are the sentences' numbers in
    their clause.
    """

    ids: tuple[str, ...]
    clauses: Vectors
    clause_starts: Offsets
    sentences: Vectors
    sentence_starts: Offsets
    numbers: Offsets

    def clause_scores(self, vectors: Vectors) -> Scores:
        """Cosine of questions, shape (n, dimension), with each clause's best passage.

        The result has shape (n, clauses).
        """
        if not self.ids:
            return np.zeros((len(vectors), 0), dtype=np.float32)
        passages = _products(self.clauses, vectors)
        best: Scores = np.maximum.reduceat(passages, self.clause_starts[:-1], axis=1)
        return best

    def clause_score(self, vector: Vectors, row: int) -> float:
        """Cosine of one question with the best passage of the clause in a row."""
        start, end = self.clause_starts[row : row + 2]
        return float((self.clauses[start:end] @ vector).max())

    def best_sentences(self, vector: Vectors, rows: Sequence[int]) -> dict[int, float]:
        """Highest cosine among the sentences of each clause, by row; without those that have none.

        A clause of one sentence has none stored.
        """
        starts, ends = self.sentence_starts[list(rows)], self.sentence_starts[1:][list(rows)]
        having = np.flatnonzero(ends > starts)
        if not len(having):
            return {}
        places = [np.arange(starts[at], ends[at]) for at in having]
        scores = self.sentences[np.concatenate(places)] @ vector
        firsts = np.cumsum([0, *(len(place) for place in places[:-1])])
        best = np.maximum.reduceat(scores, firsts).tolist()
        return {rows[at]: score for at, score in zip(having.tolist(), best, strict=True)}

    def sentence_scores(self, vector: Vectors, row: int) -> Iterator[tuple[int, float]]:
        """(sentence number, cosine) of the sentences of the clause in a row."""
        start, end = self.sentence_starts[row : row + 2]
        scores = self.sentences[start:end] @ vector
        return zip(self.numbers[start:end].tolist(), scores.tolist(), strict=True)


def _products(rows: Vectors, vectors: Vectors) -> Scores:
    """Product of every row with each of a few vectors, shape (vectors, rows).

    Block by block: a block stays in the processor's cache for all vectors, so that the rows are
    read from memory once. For so few vectors a matrix product is slower.
    """
    found = np.empty((len(vectors), len(rows)), dtype=np.float32)
    for at in range(0, len(rows), _BLOCK):
        block = rows[at : at + _BLOCK]
        for vector, scores in zip(vectors, found, strict=True):
            np.dot(block, vector, out=scores[at : at + _BLOCK])
    return found


def _starts(ids: Sequence[str], passages: Sequence[Passage]) -> Offsets:
    """Where each clause's passages begin, and where the last ones end; shape (clauses + 1,)."""
    counts = dict.fromkeys(ids, 0)
    for passage in passages:
        counts[passage.clause_id] += 1
    return np.concatenate([[0], np.cumsum([counts[name] for name in ids])]).astype(np.int64)


def save(
    folder: Path,
    ids: Sequence[str],
    clauses: tuple[Sequence[Passage], Vectors],
    sentences: tuple[Sequence[Passage], Vectors],
) -> None:
    """Write passages with their vectors; both in the order of the clauses `ids`."""
    folder.mkdir()
    for name, (passages, vectors) in (("clauses", clauses), ("sentences", sentences)):
        np.save(folder / f"{name}.npy", vectors.astype(np.float32))
        np.save(folder / f"{name}-starts.npy", _starts(ids, passages))
    numbers = [passage.sentence for passage in sentences[0]]
    np.save(folder / "numbers.npy", np.array(numbers, dtype=np.int64))


def load(folder: Path, ids: Sequence[str]) -> PassageRows:
    """Open what `save` wrote for the same clauses. Raises ValueError where it does not fit."""
    clauses, sentences = (
        np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        for name in ("clauses", "sentences")
    )
    clause_starts, sentence_starts = (
        np.load(folder / f"{name}-starts.npy", allow_pickle=False)
        for name in ("clauses", "sentences")
    )
    numbers = np.load(folder / "numbers.npy", allow_pickle=False)
    ends = (clause_starts[-1], sentence_starts[-1], sentence_starts[-1])
    if ends != (len(clauses), len(sentences), len(numbers)) or not (
        len(clause_starts) == len(sentence_starts) == len(ids) + 1
    ):
        raise ValueError("passage rows do not fit the clauses")
    return PassageRows(
        tuple(ids),
        clauses.view(np.ndarray),
        clause_starts,
        sentences.view(np.ndarray),
        sentence_starts,
        numbers,
    )
