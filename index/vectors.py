"""Dense search: Chroma collections of clauses and of sentences, through langchain-chroma."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import (
    CreateCollectionConfiguration,
    CreateHNSWConfiguration,
)
from chromadb.config import Settings as ChromaSettings
from langchain_chroma import Chroma

from index.embedding import Embedder, Vectors
from index.passages import Passage, clause_of

_BULK = 5000
CLAUSES = "clauses"
SENTENCES = "sentences"


class VectorIndex:
    """Cosine search over the two collections of one folder."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        client = chromadb.PersistentClient(
            path=str(folder), settings=ChromaSettings(anonymized_telemetry=False)
        )
        # The declared type is the interface, which has no `close`.
        self._client = cast(Client, client)
        self._embedder = embedder
        self._stores = {name: self._store(name) for name in (CLAUSES, SENTENCES)}
        # Looking a collection up costs as much as searching it.
        self._collections = {
            name: self._client.get_collection(name, embedding_function=None)
            for name in self._stores
        }
        self._sizes = {name: self.count(name) for name in self._stores}

    def _store(self, name: str) -> Chroma:
        # Batches of this size keep a bulk load from rewriting the graph file at every step.
        hnsw = CreateHNSWConfiguration(
            space="cosine", ef_search=200, batch_size=_BULK, sync_threshold=_BULK
        )
        return Chroma(
            client=self._client,
            collection_name=name,
            embedding_function=self._embedder,
            collection_configuration=CreateCollectionConfiguration(hnsw=hnsw),
        )

    def count(self, name: str) -> int:
        """How many passages a collection holds."""
        return self._collections[name].count()

    def add(
        self,
        name: str,
        passages: Sequence[Passage],
        vectors: Vectors,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        """Add passages with their vectors, shape (len(passages), dimension)."""
        collection = self._collections[name]
        for at in range(0, len(passages), _BULK):
            part = passages[at : at + _BULK]
            collection.add(
                ids=[p.id for p in part],
                embeddings=vectors[at : at + _BULK],
                documents=[p.text for p in part],
                metadatas=[{"clause_id": p.clause_id} for p in part],
            )
            progress(at + len(part), len(passages))
        # After the load, ordinary thresholds: what is not synced is replayed at every open.
        collection.modify(configuration={"hnsw": {"sync_threshold": 1000}})

    def search(self, name: str, vector: Vectors, k: int) -> list[tuple[str, str, float]]:
        """(passage id, clause id, cosine similarity) of the nearest passages, best first."""
        size = self._sizes[name]
        if size == 0:
            return []
        # Ids tell the clause: reading the texts of hundreds of hits takes longer than the search.
        found = self._collections[name].query(
            query_embeddings=vector.tolist(), n_results=min(k, size), include=["distances"]
        )
        distances = (found["distances"] or [[]])[0]
        return [
            (passage_id, clause_of(passage_id), 1.0 - distance)
            for passage_id, distance in zip(found["ids"][0], distances, strict=True)
        ]

    def probe(self) -> None:
        """Run one search in each collection; raises what Chroma raises where it is damaged."""
        for name in self._stores:
            row = self._collections[name].get(limit=1, include=["embeddings"])
            if row["ids"]:
                self.search(name, np.asarray(row["embeddings"], dtype=np.float32)[0], 1)

    def close(self) -> None:
        """Release the folder, so that it may be moved."""
        self._client.close()
