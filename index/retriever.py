"""The retriever: dense and keyword search, fused; a LangChain `BaseRetriever` over clauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from corpus.document import Clause
from index.build import Index
from index.vectors import CLAUSES, SENTENCES

_DEPTH = 100
_SENTENCE_DEPTH = 150
_RRF_K = 60


@dataclass(frozen=True, slots=True)
class Hit:
    """A clause found, with each branch's score and rank (0-based, None where it did not find it)."""

    clause_id: str
    score: float
    dense_score: float | None
    dense_rank: int | None
    sentence_score: float | None
    sentence_rank: int | None
    keyword_score: float | None
    keyword_rank: int | None


@dataclass(frozen=True, slots=True)
class Retrieval:
    """The clauses accepted, best first, and those that were found but rejected."""

    accepted: tuple[Hit, ...]
    rejected: tuple[Hit, ...]


Branch = Sequence[tuple[str, float]]


def best_by_clause(found: Sequence[tuple[str, str, float]]) -> list[tuple[str, float]]:
    """(clause id, best score) in order of first appearance, from passages best first."""
    best: dict[str, float] = {}
    for _, clause_id, score in found:
        best.setdefault(clause_id, score)
    return list(best.items())


def fuse(dense: Branch, sentence: Branch, keyword: Branch) -> list[Hit]:
    """Reciprocal rank fusion (Cormack et al. 2009) of the branches, best first."""
    branches = [
        {clause_id: (rank, score) for rank, (clause_id, score) in enumerate(branch)}
        for branch in (dense, sentence, keyword)
    ]
    hits = []
    for clause_id in dict.fromkeys(c for branch in branches for c in branch):
        places = [branch.get(clause_id) for branch in branches]
        score = sum(1 / (_RRF_K + place[0]) for place in places if place)
        (dr, ds), (sr, ss), (kr, ks) = (place or (None, None) for place in places)
        hits.append(Hit(clause_id, score, ds, dr, ss, sr, ks, kr))
    return sorted(hits, key=lambda hit: -hit.score)


class ClauseRetriever(BaseRetriever):
    """Finds clauses; `invoke` returns LangChain documents whose metadata holds the `Hit`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    k: int = 10

    def search(self, query: str) -> Retrieval:
        """Retrieve for a standalone question."""
        vector = self.index.embedder.encode_query(query)
        vectors = self.index.vectors
        dense = best_by_clause(vectors.search(CLAUSES, vector, _DEPTH))
        sentence = best_by_clause(vectors.search(SENTENCES, vector, _SENTENCE_DEPTH))
        keyword = self.index.keywords.search(query, _DEPTH)
        hits = fuse(dense, sentence, keyword)
        return Retrieval(tuple(hits[: self.k]), tuple(hits[self.k :]))

    def clause(self, clause_id: str) -> Clause:
        """The clause of a hit."""
        return self.index.library.clauses[clause_id]

    def sentence_similarities(self, query: str, clauses: Sequence[Clause]) -> dict[str, float]:
        """Cosine of the question with every stored sentence of `clauses`, by `<clause>@<n>`."""
        ids = [f"{clause.id}@{n}" for clause in clauses for n in range(len(clause.sentences))]
        vector = self.index.embedder.encode_query(query)
        stored = self.index.vectors.vectors(SENTENCES, ids)
        return {name: float(np.dot(vector, row)) for name, row in stored.items()}

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **_: Any
    ) -> list[LangChainDocument]:
        return [
            LangChainDocument(
                id=hit.clause_id,
                page_content=self.clause(hit.clause_id).text,
                metadata=asdict(hit),
            )
            for hit in self.search(query).accepted
        ]
