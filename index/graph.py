"""The packaged model as a graph for ONNX Runtime, for questions: half of the engine's time.

BERT with its matrices left in 4 bits: what the package stores as Q4_0 is what the operator
`MatMulNBits` reads (blocks of 32, one scale each), and it multiplies in 8-bit integers as the
engine does. The cosine with the engine's vectors is 0.9999.

Tuned weights go beside the packaged ones: biases and layer norms in their place, a matrix as a
product of two narrow ones that is added to it (LoRA, Hu et al. 2021, arXiv:2106.09685).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from index.packaged import BLOCK_SIZE, NotPackaged, Packaged, Tensor, nibbles_of

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

# Changes when the graph does.
GRAPH_VERSION = "2"
# The name of the graph's input, embeddings of shape (1, tokens, hidden), and of its output, the
# mean of the last layer, shape (1, hidden).
INPUT, OUTPUT = "embeddings", "mean"
# The tuned tensors that are no packaged ones: `l0.q.down` (rank, width) and `l0.q.up` (height,
# rank) of a matrix.
DOWN, UP = "down", "up"
_MICROSOFT = "com.microsoft"
_OPSET, _IR_VERSION = 18, 9
_INT8 = 4


class _Builder:
    """Collects the nodes and constants of a graph; each method gives back the name of a value."""

    def __init__(self, model: Packaged, tensors: Mapping[str, Tensor]) -> None:
        self.model = model
        self.tensors = tensors
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, values: np.ndarray[Any, Any]) -> str:
        from onnx import numpy_helper

        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(
        self, operator: str, inputs: Sequence[str], outputs: int = 1, **options: Any
    ) -> list[str]:
        from onnx import helper

        names = [f"v{len(self.nodes)}.{number}" for number in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, **options))
        return names

    def plain(self, name: str) -> Tensor:
        return self.tensors.get(name, self.model.tensor(name))

    def linear(self, value: str, names: Sequence[str], width: int) -> str:
        """The product with matrices side by side, with their biases; `width` is that of `value`."""
        blocks = np.concatenate([self.model.blocks(f"{name}.w", width) for name in names])
        weights = nibbles_of(blocks)
        # In Q4_0 byte j holds weights j and j + 16, here it holds 2j and 2j + 1.
        packed = weights[..., 0::2] | weights[..., 1::2] << 4
        scales = blocks["scale"].astype(np.float32).reshape(-1)
        [product] = self.node(
            "MatMulNBits",
            [value, self.constant(packed), self.constant(scales)],
            domain=_MICROSOFT,
            K=width,
            N=len(blocks),
            bits=4,
            block_size=BLOCK_SIZE,
            accuracy_level=_INT8,
        )
        if any(f"{name}.{DOWN}" in self.tensors for name in names):
            product = self.node("Add", [product, self.adapter(value, names, width)])[0]
        bias = np.concatenate([self.plain(f"{name}.b") for name in names])
        return self.node("Add", [product, self.constant(bias)])[0]

    def adapter(self, value: str, names: Sequence[str], width: int) -> str:
        """What the narrow matrices add to the product with matrices side by side."""
        heights = [self.model.entries[f"{name}.w"].size // width for name in names]
        downs = [self.tensors.get(f"{n}.{DOWN}", np.zeros((0, width), np.float32)) for n in names]
        up = np.zeros((sum(heights), sum(map(len, downs))), np.float32)
        row = column = 0
        for name, height, down in zip(names, heights, downs, strict=True):
            if len(down):
                up[row : row + height, column : column + len(down)] = self.tensors[f"{name}.{UP}"]
            row, column = row + height, column + len(down)
        [narrow] = self.node("MatMul", [value, self.constant(np.concatenate(downs).T)])
        return self.node("MatMul", [narrow, self.constant(up.T)])[0]

    def norm(self, value: str, name: str) -> str:
        scale, bias = (self.constant(self.plain(f"{name}.{part}")) for part in "wb")
        epsilon = self.model.epsilon
        return self.node("LayerNormalization", [value, scale, bias], epsilon=epsilon)[0]

    def layer(self, value: str, name: str) -> str:
        """One layer of BERT."""
        hidden = self.model.hidden
        three = self.linear(value, [f"{name}.{part}" for part in "qkv"], hidden)
        sizes = self.constant(np.array([hidden] * 3, dtype=np.int64))
        parts = self.node("Split", [three, sizes], 3, axis=-1)
        heads = self.model.heads
        [seen] = self.node("MultiHeadAttention", parts, domain=_MICROSOFT, num_heads=heads)
        [value] = self.node("Add", [value, self.linear(seen, [f"{name}.ao"], hidden)])
        value = self.norm(value, f"{name}.aln")
        inner = self.linear(value, [f"{name}.fi"], hidden)
        [inner] = self.node("Gelu", [inner], domain=_MICROSOFT)
        outer = self.linear(inner, [f"{name}.fo"], self.model.feed_forward)
        return self.norm(self.node("Add", [value, outer])[0], f"{name}.oln")


def _fits(model: Packaged, tensors: Mapping[str, Tensor], name: str) -> bool:
    """Whether a tuned tensor has a place in the model, and its size."""
    values = tensors[name]
    matrix, _, part = name.rpartition(".")
    if part in (DOWN, UP):
        down, up = (tensors.get(f"{matrix}.{each}") for each in (DOWN, UP))
        whole = model.entries.get(f"{matrix}.w")
        if down is None or up is None or whole is None or down.ndim != 2 or up.ndim != 2:
            return False
        return bool(up.shape[1] == len(down) and len(up) * down.shape[1] == whole.size)
    entry = model.entries.get(name)
    return entry is not None and entry.is_plain and values.size == entry.size


def build(model: Packaged, tensors: Mapping[str, Tensor]) -> bytes:
    """The graph, with `tensors` in the place of the model's own plain ones or beside them.

    Raises NotPackaged where one is unknown, stored as 4 bits or of another size.
    """
    from onnx import TensorProto, helper

    for name in tensors:
        if not _fits(model, tensors, name):
            raise NotPackaged(f"tensor {name} does not fit the packaged model")
    made = _Builder(model, tensors)
    value = made.norm(INPUT, "emb.ln")
    for layer in range(model.layers):
        value = made.layer(value, f"l{layer}")
    axis = made.constant(np.array([1], dtype=np.int64))
    made.nodes.append(helper.make_node("ReduceMean", [value, axis], [OUTPUT], keepdims=0))
    graph = helper.make_graph(
        made.nodes,
        "e5",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [1, "tokens", model.hidden])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, model.hidden])],
        made.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    whole = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
    raw: bytes = whole.SerializeToString()
    return raw
