"""Learned fusion: one linear score for every clause that any branch found.

Coordinate ascent by hand is not needed: the weights are fitted by `eval/train_retriever.py`
with the listwise softmax loss (ListNet, Cao et al. 2007). Besides each branch's own score
and rank, a clause is judged by its surroundings: clauses of one chapter or document that are
found together support each other (the cluster hypothesis, Jardine and van Rijsbergen 1971).
Everything is computed from the branches' hit lists, so it does not matter what searched.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float32]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

DEPTH = 200
FEATURES = (
    "dense",  # cosine above the last hit's, in hundredths
    "dense_rank",  # -log(rank + 10)
    "keyword",  # BM25 above the last hit's, in tens
    "keyword_rank",
    "sentence",  # how much the best sentence's cosine exceeds the clause's, in hundredths
    "document",  # log of the share of the dense hits' weight that its document holds
    "chapter",  # the same of its chapter
)
_RANK_OFFSET = 10.0
_COSINE_UNIT = 0.01
_BM25_UNIT = 10.0
_FLOOR = 1e-3
_WEIGHTS = Path(__file__).parent / "weights" / "fusion.json"


@dataclass(frozen=True, slots=True)
class Hits:
    """What one branch found: row numbers of clauses, shape (m,), distinct, best first; scores."""

    rows: Ints
    scores: Floats

    def __post_init__(self) -> None:
        if self.rows.shape != self.scores.shape or self.rows.ndim != 1:
            raise ValueError("rows and scores must be vectors of the same length")


NO_HITS = Hits(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))


def top(scores: Floats, depth: int = DEPTH, above: float = -np.inf) -> Hits:
    """The best `depth` of all clauses' scores, shape (n,), that are greater than `above`."""
    depth = min(depth, len(scores))
    if not depth:
        return NO_HITS
    best = np.argpartition(-scores, depth - 1)[:depth]
    best = best[np.lexsort((best, -scores[best]))]
    best = best[scores[best] > above]
    return Hits(best.astype(np.int64), scores[best].astype(np.float32))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each clause stands: number of its document and of its chapter, both shape (n,)."""

    document: Ints
    chapter: Ints

    @classmethod
    def of(cls, documents: Sequence[Hashable], chapters: Sequence[Hashable]) -> Layout:
        """From the clauses' document and chapter names, in corpus order."""
        if len(documents) != len(chapters):
            raise ValueError("documents and chapters must be of the same length")
        pairs = list(zip(documents, chapters, strict=True))
        return cls(_numbers(documents), _numbers(pairs))

    def __len__(self) -> int:
        return len(self.document)


def _numbers(names: Sequence[Hashable]) -> Ints:
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(name, len(seen)) for name in names], dtype=np.int64)


def _spread(hits: Hits, count: int) -> tuple[Floats, Floats]:
    """Score above the last hit's and -log(rank + 10) of every clause; the last hit's for others."""
    gain = np.zeros(count, dtype=np.float32)
    place = np.full(count, -np.log(max(len(hits.rows), 1) + _RANK_OFFSET), dtype=np.float32)
    if len(hits.rows):
        gain[hits.rows] = hits.scores - hits.scores.min()
        place[hits.rows] = -np.log(np.arange(len(hits.rows)) + _RANK_OFFSET)
    return gain, place


def _share(gain: Floats, hits: Hits, group: Ints, unit: float) -> Floats:
    """Log share of the hits' softmax weight that each clause's group holds, shape (n,)."""
    if not len(hits.rows):
        return np.zeros(len(group), dtype=np.float32)
    weight = np.exp((gain[hits.rows] - gain[hits.rows].max()) / unit)
    held = np.bincount(group[hits.rows], weights=weight, minlength=int(group.max()) + 1)
    return np.log(held[group] / weight.sum() + _FLOOR).astype(np.float32)


def features(
    dense: Hits, keyword: Hits, layout: Layout, sentence: Hits = NO_HITS
) -> tuple[Ints, Floats]:
    """Rows of the clauses that the dense or the keyword branch found or a sentence of which
    was found, shape (m,), and their features, shape (m, len(FEATURES)).

    `sentence` holds the cosine of each clause's best sentence. Raises ValueError for a row
    that is not in the layout.
    """
    count = len(layout)
    rows = np.unique(np.concatenate([dense.rows, keyword.rows, sentence.rows]))
    if len(rows) and (rows[0] < 0 or rows[-1] >= count):
        raise ValueError("a hit lies outside the layout")
    if not len(rows):
        return rows, np.zeros((0, len(FEATURES)), dtype=np.float32)
    near, near_place = _spread(dense, count)
    words, words_place = _spread(keyword, count)
    floor = dense.scores.min() if len(dense.rows) else np.float32(0)
    best = np.zeros(count, dtype=np.float32)
    if len(sentence.rows) and len(dense.rows):
        best[sentence.rows] = np.maximum(sentence.scores - floor - near[sentence.rows], 0)
    columns = (
        near / _COSINE_UNIT,
        near_place,
        words / _BM25_UNIT,
        words_place,
        best / _COSINE_UNIT,
        _share(near, dense, layout.document, _COSINE_UNIT),
        _share(near, dense, layout.chapter, _COSINE_UNIT),
    )
    return rows, np.stack([column[rows] for column in columns], axis=1)


@dataclass(frozen=True, slots=True)
class LinearFusion:
    """Weights of `FEATURES`, shape (len(FEATURES),)."""

    weights: Floats

    def __post_init__(self) -> None:
        if self.weights.shape != (len(FEATURES),) or not np.isfinite(self.weights).all():
            raise ValueError(f"fusion needs {len(FEATURES)} finite weights")

    @classmethod
    def load(cls, file: Path = _WEIGHTS) -> LinearFusion:
        """Read the weights; raises ValueError where the file is for other features."""
        stored = json.loads(file.read_text("utf-8"))["weights"]
        if tuple(stored) != FEATURES:
            raise ValueError(f"{file.name} holds weights of other features")
        return cls(np.array(list(stored.values()), dtype=np.float32))

    def rank(self, dense: Hits, keyword: Hits, layout: Layout, sentence: Hits = NO_HITS) -> Hits:
        """Every clause found, best first."""
        rows, matrix = features(dense, keyword, layout, sentence)
        scores = matrix @ self.weights
        order = np.lexsort((rows, -scores))
        return Hits(rows[order], scores[order])
