"""The encoder of questions: the packaged model with tuned weights of its own.

Laypeople do not write like statutes. Documents keep the packaged model's vectors; questions go
through the same model with other biases and layer norms (BitFit of Ben Zaken et al. 2022,
arXiv:2106.10199) and with a product of two narrow matrices beside each of its own (LoRA of Hu et
al. 2021, arXiv:2106.09685), trained by `eval/train_query_encoder.py`. One question at a time is
encoded, so it runs as a graph in ONNX Runtime (`index/graph.py`), not in the package's engine.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index import graph
from index.packaged import Tensor, packaged_file, parse, values_of
from index.pieces import Pieces

WEIGHTS = Path(__file__).with_name("weights") / "query_encoder.npz"
_PREFIX = "query: "


def save(tensors: Mapping[str, Tensor], file: Path = WEIGHTS) -> None:
    """Write tuned tensors by their packaged names, as half floats."""
    file.parent.mkdir(parents=True, exist_ok=True)
    halves: dict[str, Any] = {name: t.astype(np.float16) for name, t in tensors.items()}
    np.savez_compressed(file, **halves)


def load(file: Path = WEIGHTS) -> dict[str, Tensor]:
    """Read what `save` wrote."""
    with np.load(file, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


def graph_file(folder: Path, weights: Path | None = WEIGHTS) -> Path:
    """The graph in `folder`, written on first use and after every change.

    Without `weights` it is that of the model as it came. Raises index.packaged.NotPackaged where
    the package is missing or the weights do not fit it.
    """
    source = packaged_file()
    stat = source.stat()
    origin = f"{graph.GRAPH_VERSION}:{stat.st_size}:{stat.st_mtime_ns}".encode()
    tuned = weights.read_bytes() if weights else b""
    kind = "query-encoder" if weights else "packaged-encoder"
    target = folder / f"{kind}-{hashlib.sha256(tuned + origin).hexdigest()[:16]}.onnx"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{kind}-*"):
            old.unlink(missing_ok=True)
        fresh = target.with_suffix(f".{os.getpid()}.new")
        model = parse(source.read_bytes())
        fresh.write_bytes(graph.build(model, load(weights) if weights else {}))
        os.replace(fresh, target)
    return target


class QuestionInput:
    """What all encoders of questions share: tokens, and their embeddings.

    The table of embeddings is four fifths of the model; it stays in its 4 bits in the package's
    file, and the rows of a question are read from there.
    """

    def __init__(self) -> None:
        file = packaged_file()
        model = parse(file.read_bytes())
        self._pieces = Pieces(model.vocabulary, model.special)
        blocks = model.blocks("emb.word", model.hidden)
        self._words = np.memmap(
            file, blocks.dtype, "r", model.entries["emb.word"].offset, blocks.shape
        )
        self._places = model.tensor("emb.pos").reshape(-1, model.hidden).copy()
        self._places += model.tensor("emb.type").reshape(-1, model.hidden)[0]

    def embeddings(self, question: str) -> Tensor:
        """Embeddings of the tokens of a question, cut where the model ends; (tokens, hidden)."""
        tokens = self._pieces.tokens(_PREFIX + question, len(self._places))
        words = values_of(self._words[tokens]).reshape(len(tokens), -1)
        found: Tensor = words + self._places[: len(tokens)]
        return found


class QuestionEncoder:
    """Vectors of questions by one graph; thread-safe."""

    def __init__(self, file: Path, given: QuestionInput) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # A second thread saves a third of the time, more would wait; spinning helps little, and
        # takes the processor from others.
        options.intra_op_num_threads = min(2, os.cpu_count() or 1)
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"]
        )
        self._given = given

    def encode(self, questions: Sequence[str]) -> Tensor:
        """Vectors, L2-normalised, shape (len(questions), hidden)."""
        means = [
            self._session.run([graph.OUTPUT], {graph.INPUT: self._given.embeddings(question)[None]})
            for question in questions
        ]
        vectors = np.concatenate([mean for (mean,) in means])
        normalised: Tensor = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normalised
