"""The learned ranking: its features by hand, its weights on disk, and its profile."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.pipeline import Assistant
from corpus.settings import Settings
from index import ranking
from index.ranking import FEATURES, Adapter, Ranking, Scores
from index.retriever import ClauseRetriever, is_learned

UNCHANGED = Adapter(np.ones((2, 1), dtype=np.float32), np.zeros((1, 2), dtype=np.float32))


def scores(*values: float) -> Scores:
    return np.array(values, dtype=np.float32)


def test_features_come_in_the_order_of_their_names() -> None:
    found = ranking.features(scores(0.8, 0.9), scores(0.9, 0.85), scores(2, 4))
    by_name = dict(zip(FEATURES, (row.tolist() for row in found), strict=True))
    assert by_name["dense"] == pytest.approx([-2, 0], abs=1e-5)
    assert by_name["adapted"] == pytest.approx([0, -1], abs=1e-5)
    assert by_name["keyword"] == [2.5, 5]


def test_no_keyword_at_all_is_no_division_by_zero() -> None:
    nothing = scores(0, 0)
    assert all(np.isfinite(row).all() for row in ranking.features(nothing, nothing, nothing))


def test_an_adapter_that_learned_nothing_changes_nothing() -> None:
    vector = np.array([0.6, 0.8], dtype=np.float32)
    assert UNCHANGED(vector) == pytest.approx(vector)


def test_adapted_vectors_have_length_one() -> None:
    adapter = Adapter(np.ones((2, 1), np.float32), np.full((1, 2), 3.0, np.float32))
    vectors = np.array([[1, 0], [0, -1]], dtype=np.float32)
    assert np.linalg.norm(adapter(vectors), axis=1) == pytest.approx([1, 1])


def test_a_ranking_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    adapter = Adapter(np.ones((4, 2), np.float32), np.full((2, 4), 0.5, np.float32))
    Ranking((1.0, 2.0, 0.5), adapter).save(tmp_path)
    read = Ranking.load(tmp_path)
    assert read.weights == (1.0, 2.0, 0.5)
    assert read.adapter.up.tolist() == adapter.up.tolist()


@pytest.mark.parametrize("at", range(len(FEATURES)))
def test_every_feature_counts_by_its_weight(at: int) -> None:
    weights = tuple(float(n == at) for n in range(len(FEATURES)))
    rows = [scores(0.8, 0.8), scores(0.8, 0.8), scores(3, 3)]
    rows[at] = scores(0.7, 0.9)
    assert int(Ranking(weights, UNCHANGED).scores(*rows).argmax()) == 1


def test_the_committed_weights_fit() -> None:
    held = Ranking.load()
    assert len(held.weights) == len(FEATURES)
    assert held.adapter.down.shape == held.adapter.up.shape[::-1]
    named = dict(zip(FEATURES, held.weights, strict=True))
    # The plain cosine stands beside the adapted one and may be weighed against it.
    assert named["adapted"] > 0 and named["keyword"] > 0


@pytest.mark.parametrize(
    ("options", "learned"),
    [
        ({}, False),
        ({"statutes": "all"}, True),
        ({"statutes": "all", "embedding_model": "other"}, False),
        ({"statutes": "all", "retrieval_profile": "fused"}, False),
        ({"retrieval_profile": "learned"}, True),
    ],
)
def test_all_laws_are_ranked_by_what_was_learned(options: dict[str, str], learned: bool) -> None:
    assert is_learned(Settings(**options)) is learned  # type: ignore[arg-type]


@pytest.mark.slow
def test_sentences_are_compared_with_the_vector_that_ranked_their_clauses(
    assistant: Assistant,
) -> None:
    question = "企业不按规定提取职工教育经费会怎样？"
    learned = ClauseRetriever(index=assistant.index, ranking=Ranking.load())
    hits = learned.search(question).accepted
    for hit in hits:
        found = learned.sentence_similarities(question, [learned.clause(hit.clause_id)])
        assert max(found.values(), default=None) == pytest.approx(hit.sentence_score)
    assert any(hit.sentence_score for hit in hits)


@pytest.mark.parametrize("profile", ["fused", "learned"])
def test_a_clause_that_was_not_looked_for_is_scored_as_the_search_would(
    assistant: Assistant, profile: str
) -> None:
    settings = assistant.settings.model_copy(update={"retrieval_profile": profile})
    retriever = ClauseRetriever.over(assistant.index, settings)
    question = "实习报酬不得低于多少？"
    hits = [h for h in retriever.search(question).accepted if h.dense_score and h.keyword_score]
    names = [hit.clause_id for hit in hits]
    assert names
    for found, weighed in zip(hits, retriever.weigh(question, "", names), strict=True):
        assert weighed.dense_score == pytest.approx(found.dense_score, abs=1e-4)
        assert weighed.keyword_score == pytest.approx(found.keyword_score, abs=1e-4)
        if found.sentence_score is not None:
            assert weighed.sentence_score == pytest.approx(found.sentence_score, abs=1e-4)
    assert retriever.weigh(question, "", ["没有#1"]) == []
