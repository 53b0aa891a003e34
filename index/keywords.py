"""Keyword search: BM25 (Robertson & Zaragoza 2009) over words, through bm25s."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from index.tokenizer import Tokenizer

Scores = np.ndarray[Any, np.dtype[np.float32]]


class KeywordIndex:
    """BM25 scores of clauses; `ids[i]` is the clause of row i."""

    def __init__(self, bm25: bm25s.BM25, ids: Sequence[str], tokenizer: Tokenizer) -> None:
        self._bm25 = bm25
        self.ids = tuple(ids)
        self._rows = {clause_id: row for row, clause_id in enumerate(self.ids)}
        self.tokenizer = tokenizer

    @classmethod
    def build(cls, ids: Sequence[str], texts: Sequence[str], tokenizer: Tokenizer) -> KeywordIndex:
        """Index `texts`, one a clause."""
        bm25 = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        bm25.index([tokenizer.tokens(text) for text in texts], show_progress=False)
        return cls(bm25, ids, tokenizer)

    def save(self, folder: Path) -> None:
        """Write the index to a folder."""
        self._bm25.save(str(folder))
        (folder / "ids.json").write_text(json.dumps(self.ids, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path, tokenizer: Tokenizer) -> KeywordIndex:
        """Read an index that `save` wrote."""
        ids = json.loads((folder / "ids.json").read_text("utf-8"))
        return cls(bm25s.BM25.load(str(folder)), ids, tokenizer)

    def row_of(self, clause_id: str) -> int | None:
        """The row of a clause; None where it is not indexed."""
        return self._rows.get(clause_id)

    def scores(self, query: str) -> Scores:
        """BM25 score of every clause, shape (len(ids),); zeros where no word is known."""
        vocabulary = self._bm25.vocab_dict
        tokens = [token for token in self.tokenizer.tokens(query) if token in vocabulary]
        if not tokens:
            return np.zeros(len(self.ids), dtype=np.float32)
        return np.asarray(self._bm25.get_scores(tokens), dtype=np.float32)

    def search(self, query: str, k: int) -> list[tuple[str, float]]:
        """The best k clauses with a score above zero, best first."""
        scores = self.scores(query)
        k = min(k, len(scores))
        top = np.argpartition(-scores, k - 1)[:k] if k else np.zeros(0, dtype=int)
        order = top[np.lexsort((top, -scores[top]))]
        return [(self.ids[i], float(scores[i])) for i in order if scores[i] > 0]

    def document_frequency(self, token: str) -> int:
        """In how many clauses a token stands; 0 where it is unknown."""
        row = self._bm25.vocab_dict.get(token)
        if row is None:
            return 0
        starts = self._bm25.scores["indptr"]
        return int(starts[row + 1] - starts[row])

    def idf(self, token: str) -> float:
        """Inverse document frequency, log((N - df + 0.5) / (df + 0.5) + 1); highest for unknown."""
        df = self.document_frequency(token)
        return math.log((len(self.ids) - df + 0.5) / (df + 0.5) + 1)

    def vocabulary(self) -> list[tuple[str, int]]:
        """(word, document frequency) of every word (not the character pairs)."""
        starts = self._bm25.scores["indptr"]
        return [
            (token, int(starts[row + 1] - starts[row]))
            for token, row in self._bm25.vocab_dict.items()
            if token and not token.startswith("~")
        ]
