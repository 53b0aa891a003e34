"""Learned ranking of all laws: every clause scored by what laypeople's questions have taught.

Among a few laws the fusion of the branches finds the clause. Among hundreds, many laws speak of
one thing, in words that laypeople do not use. So the vector of a question goes through an
adapter (a low-rank residual, after LoRA of Hu et al. 2022, arXiv:2106.09685), and a linear model
(listwise softmax, Cao et al. 2007) weighs the cosine before and after it and BM25. Both are
trained by `eval/train_ranking.py`; `index/weights/` holds what they learned.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding import Vectors

FEATURES = ("dense", "adapted", "keyword")
WEIGHTS = Path(__file__).with_name("weights")
# The cosines of a question with all clauses lie within some tenths of one another.
_DENSE_SCALE = 20.0
_KEYWORD_SCALE = 5.0
Scores = np.ndarray[Any, np.dtype[np.float32]]


def features(dense: Scores, adapted: Scores, keyword: Scores) -> tuple[Scores, Scores, Scores]:
    """The features of every clause in the order of `FEATURES`, each of shape (clauses,).

    `dense` and `adapted` are cosines with the question's vector before and after the adapter,
    `keyword` BM25 scores.
    """
    return (
        (dense - dense.max()) * _DENSE_SCALE,
        (adapted - adapted.max()) * _DENSE_SCALE,
        keyword * (_KEYWORD_SCALE / max(float(keyword.max()), 1e-6)),
    )


@dataclass(frozen=True)
class Adapter:
    """Moves the vector of a layperson's question towards the statutes that answer it.

    `down` has shape (dimension, rank), `up` (rank, dimension).
    """

    down: Vectors
    up: Vectors

    def __call__(self, vectors: Vectors) -> Vectors:
        """Adapted vectors, L2-normalised, of the same shape."""
        moved = vectors + (vectors @ self.down) @ self.up
        normalised: Vectors = moved / np.linalg.norm(moved, axis=-1, keepdims=True)
        return normalised


@dataclass(frozen=True)
class Ranking:
    """What was learned: a weight for each feature, and the adapter."""

    weights: tuple[float, ...]
    adapter: Adapter

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> Ranking:
        """Read what `save` wrote."""
        stored = json.loads((folder / "ranking.json").read_text("utf-8"))
        with np.load(folder / "query_adapter.npz", allow_pickle=False) as arrays:
            down, up = (arrays[name].astype(np.float32) for name in ("down", "up"))
        return cls(tuple(stored[name] for name in FEATURES), Adapter(down, up))

    def save(self, folder: Path = WEIGHTS) -> None:
        """Write the weights as JSON, the adapter as half floats."""
        folder.mkdir(parents=True, exist_ok=True)
        weights = {name: round(w, 4) for name, w in zip(FEATURES, self.weights, strict=True)}
        (folder / "ranking.json").write_text(json.dumps(weights, indent=1) + "\n", "utf-8")
        half = np.float16
        down, up = self.adapter.down.astype(half), self.adapter.up.astype(half)
        np.savez(folder / "query_adapter.npz", down=down, up=up)

    def scores(self, dense: Scores, adapted: Scores, keyword: Scores) -> Scores:
        """The log-odds of every clause against the others, shape (clauses,)."""
        total = np.zeros_like(dense)
        for weight, row in zip(self.weights, features(dense, adapted, keyword), strict=True):
            total += np.float32(weight) * row
        return total
