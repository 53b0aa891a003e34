"""People's words and official ones: a model learned from pairs of questions and sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import translation
from assistant.translation import Model
from eval.train_translation import fit

PAIRS = [
    (["童工", "罚", "多少"], frozenset({"未成年人", "罚款"})),
    (["雇", "童工", "吗"], frozenset({"未成年人", "招用"})),
    (["罚", "多少"], frozenset({"偷税", "罚款"})),
]
WORDS = st.lists(st.text(alphabet="甲乙丙丁", min_size=1, max_size=2), min_size=1, max_size=6)


def test_a_word_is_explained_by_what_it_stands_beside() -> None:
    model = fit(PAIRS)
    right, wrong = frozenset({"未成年人", "机关"}), frozenset({"偷税", "机关"})
    asked = ["童工"]
    assert model.log_probabilities(asked, right) > model.log_probabilities(asked, wrong)


def test_a_text_in_the_same_words_explains_a_question_that_was_never_seen() -> None:
    model = fit(PAIRS)
    same, other = frozenset({"公积金"}), frozenset({"罚款"})
    assert model.log_probabilities(["公积金"], same) > model.log_probabilities(["公积金"], other)


@given(
    st.lists(st.tuples(WORDS, st.frozensets(st.sampled_from("天地玄黄"), min_size=1)), min_size=1)
)
def test_every_row_is_a_distribution(examples: list[tuple[list[str], frozenset[str]]]) -> None:
    model = fit(examples, rounds=2)
    rows: dict[str, float] = {}
    for column in model.sources.values():
        for source, probability in column.items():
            rows[source] = rows.get(source, 0.0) + probability
    assert all(0 < total <= 1 + 1e-9 for total in rows.values())
    assert all(p <= 0 for p in model.log_probabilities(["甲", "戊"], {"天"}))


def test_a_model_is_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = fit(PAIRS)
    file = tmp_path / "model.npz"
    translation.save(made, file)
    monkeypatch.setattr(translation, "WEIGHTS", file)
    translation.model.cache_clear()
    try:
        read = translation.model()
        assert isinstance(read, Model)
        words = frozenset({"未成年人", "罚款"})
        for asked in (["童工", "罚"], ["没见过"]):
            expected = made.log_probabilities(asked, words)
            assert read.log_probabilities(asked, words) == pytest.approx(expected, abs=1e-2)
    finally:
        translation.model.cache_clear()


def test_no_question_is_explained_by_nothing() -> None:
    assert translation.mean((), frozenset({"罚款"})) == 0.0
