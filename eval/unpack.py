"""The packaged 4-bit embedding weights as an ordinary fp32 sentence-transformers model.

BERT, mean pooling, normalisation: what differs from the packaged engine is only the arithmetic.
It is the benchmark's baseline, and what the query encoder is trained with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.packaged import NotPackaged, Packaged, packaged_file, parse

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# The names of the packaged tensors, and those of BERT.
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


def packaged_names(parameters: Iterable[str]) -> dict[str, str]:
    """BERT's names of the biases and layer norms, each with its packaged name."""
    ours = {f"embeddings.{theirs}": name for name, theirs in _EMBEDDINGS.items() if ".ln." in name}
    for name in parameters:
        match = re.fullmatch(r"encoder\.layer\.(\d+)\.(.+)\.(weight|bias)", name)
        part = next((p for p, theirs in _PARTS.items() if match and theirs == match[2]), None)
        if match and part and (match[3] == "bias" or part.endswith("ln")):
            ours[name] = f"l{match[1]}.{part}.{match[3][0]}"
    return ours


class LoRA:
    """The narrow matrices beside a linear layer of a model: `down` (rank, width), `up`."""

    def __init__(self, layer: Any, rank: int) -> None:
        import torch

        height, width = layer.weight.shape
        self.down = torch.nn.Parameter(torch.randn(rank, width) / width**0.5)
        self.up = torch.nn.Parameter(torch.zeros(height, rank))
        layer.register_forward_hook(
            lambda _, given, product: product + (given[0] @ self.down.T) @ self.up.T
        )


def adapted(bert: Any, rank: int) -> dict[str, LoRA]:
    """A pair of narrow matrices for each matrix of BERT's layers, by its packaged name."""
    found = {}
    for number, layer in enumerate(bert.encoder.layer):
        for part, theirs in _PARTS.items():
            if not part.endswith("ln"):
                found[f"l{number}.{part}"] = LoRA(layer.get_submodule(theirs), rank)
    return found


def _state(model: Packaged) -> dict[str, Any]:
    import torch

    sizes = {"fi.w": (model.feed_forward, model.hidden), "fo.w": (model.hidden, model.feed_forward)}
    state = {
        f"embeddings.{theirs}": model.tensor(ours).reshape(
            (-1,) if ".ln." in ours else (-1, model.hidden)
        )
        for ours, theirs in _EMBEDDINGS.items()
    }
    for layer in range(model.layers):
        for part, name in _PARTS.items():
            for ours, theirs in (("w", "weight"), ("b", "bias")):
                values = model.tensor(f"l{layer}.{part}.{ours}")
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
                vocab_size=model.entries["emb.word"].size // model.hidden,
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
