"""Vectors already computed, by content digest: what makes a build incremental."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from index.embedding import Vectors

_BATCH = 64


class EmbeddingCache:
    """A SQLite file of (digest of model and text) -> vector; committed batch by batch.

    A build that is killed loses at most one batch of work.
    """

    def __init__(self, path: Path, model: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._model = model
        self._db = sqlite3.connect(path, timeout=60)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
        )

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def key(self, text: str) -> bytes:
        """The digest that a text's vector is stored under."""
        return hashlib.sha256(f"{self._model}\0{text}".encode()).digest()

    def vectors(
        self,
        texts: Sequence[str],
        encode: Callable[[list[str]], Vectors],
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Vectors:
        """Vectors of `texts`, shape (len(texts), dimension); unknown ones are computed and kept."""
        keys = [self.key(text) for text in texts]
        known: dict[bytes, bytes] = {}
        for at in range(0, len(keys), 500):
            chunk = keys[at : at + 500]
            marks = ",".join("?" * len(chunk))
            query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"
            known.update(self._db.execute(query, chunk))
        missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in known}
        # Longest first: batches of like length, and a time estimate that errs on the safe side.
        todo = sorted(missing.items(), key=lambda pair: -len(pair[1]))
        progress(len(texts) - len(todo), len(texts))
        for at in range(0, len(todo), _BATCH):
            batch = todo[at : at + _BATCH]
            rows = encode([text for _, text in batch])
            pairs = [(key, row.tobytes()) for (key, _), row in zip(batch, rows, strict=True)]
            with self._db:
                self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", pairs)
            known.update(pairs)
            progress(len(texts) - len(todo) + at + len(batch), len(texts))
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        return np.stack([np.frombuffer(known[key], dtype=np.float32) for key in keys])
