"""The question encoder: tuned tensors put into the packaged file, and what they change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpus.settings import load_settings
from eval.unpack import packaged_names
from index import packaged, query_encoder
from index.embedding import Embedder


@pytest.fixture(scope="module")
def original() -> bytes:
    return packaged.packaged_file().read_bytes()


def test_a_tensor_is_replaced_and_nothing_else(original: bytes) -> None:
    values = np.linspace(-1, 1, 384, dtype=np.float32)
    changed = packaged.with_tensors(original, {"l3.q.b": values})
    model = packaged.parse(changed)
    assert model.tensor("l3.q.b").tolist() == values.tolist()
    entry = model.entries["l3.q.b"]
    before = original[: entry.offset] + original[entry.offset + entry.stored :]
    assert changed[: entry.offset] + changed[entry.offset + entry.stored :] == before


@pytest.mark.parametrize(
    ("name", "size"), [("l3.q.b", 383), ("l99.q.b", 384), ("l3.q.w", 384 * 384)]
)
def test_a_tensor_that_does_not_fit_is_refused(original: bytes, name: str, size: int) -> None:
    with pytest.raises(packaged.NotPackaged, match=name):
        packaged.with_tensors(original, {name: np.zeros(size, dtype=np.float32)})


def test_the_committed_weights_are_biases_and_norms_of_the_package(original: bytes) -> None:
    weights = query_encoder.load()
    entries = packaged.parse(original).entries
    assert all(entries[name].size == values.size for name, values in weights.items())
    assert all(np.isfinite(values).all() for values in weights.values())
    assert all(entries[name].is_plain for name in weights)


def test_names_of_bert_are_those_of_the_package(original: bytes) -> None:
    entries = packaged.parse(original).entries
    names = packaged_names(
        ["encoder.layer.3.attention.self.query.bias", "encoder.layer.3.output.LayerNorm.weight"]
    )
    assert names["encoder.layer.3.attention.self.query.bias"] == "l3.q.b"
    assert names["encoder.layer.3.output.LayerNorm.weight"] == "l3.oln.w"
    assert set(names.values()) <= entries.keys()
    assert packaged_names(["encoder.layer.3.attention.self.query.weight"]).keys() == {
        "embeddings.LayerNorm.weight",
        "embeddings.LayerNorm.bias",
    }


def test_weights_survive_saving(tmp_path: Path) -> None:
    tensors = {"l0.q.b": np.array([0.5, -1.25], dtype=np.float32)}
    query_encoder.save(tensors, tmp_path / "w.npz")
    assert query_encoder.load(tmp_path / "w.npz")["l0.q.b"].tolist() == [0.5, -1.25]


def test_the_tuned_file_is_written_once_and_follows_the_weights(tmp_path: Path) -> None:
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"
    query_encoder.save({"l0.q.b": np.zeros(384, dtype=np.float32)}, first)
    query_encoder.save({"l0.q.b": np.ones(384, dtype=np.float32)}, second)
    made = query_encoder.tuned_model(tmp_path / "index", first)
    written = made.stat().st_mtime_ns
    assert query_encoder.tuned_model(tmp_path / "index", first) == made
    assert made.stat().st_mtime_ns == written
    other = query_encoder.tuned_model(tmp_path / "index", second)
    assert [path.name for path in (tmp_path / "index").iterdir()] == [other.name]
    assert packaged.parse(other.read_bytes()).tensor("l0.q.b").tolist() == [1.0] * 384


@pytest.mark.slow
def test_only_questions_are_encoded_otherwise(tmp_path: Path) -> None:
    tuned = Embedder(load_settings(index_dir=tmp_path))
    plain = Embedder(load_settings(index_dir=tmp_path, tuned_queries=False))
    text = "厂里不给培训钱会怎样"
    assert np.array_equal(tuned.encode_documents([text]), plain.encode_documents([text]))
    cosine = float(tuned.encode_query(text) @ plain.encode_query(text))
    assert cosine < 0.999
    assert np.linalg.norm(tuned.encode_query(text)) == pytest.approx(1, abs=1e-4)
    assert tuned.fingerprint == plain.fingerprint
    packaged_vector = tuned.encode_packaged_query(text)
    assert np.array_equal(packaged_vector, plain.encode_query(text))
