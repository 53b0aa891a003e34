"""People's words and official ones: a model learned from pairs of questions and sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import translation
from assistant.translation import LITERAL, UNEXPLAINED, Model, Translator
from eval.train_translation import fit
from index.words import ClauseWords

PAIRS = [
    (["童工", "罚", "多少"], frozenset({"未成年人", "罚款"})),
    (["雇", "童工", "吗"], frozenset({"未成年人", "招用"})),
    (["罚", "多少"], frozenset({"偷税", "罚款"})),
]
ASKED = st.lists(st.text(alphabet="甲乙丙丁", min_size=1, max_size=2), min_size=1, max_size=6)
TEXT = st.frozensets(st.sampled_from("天地玄黄"))


def words_of(texts: Iterable[Iterable[str]]) -> ClauseWords:
    """Texts as clauses of no sentence."""
    numbers: dict[str, int] = {}
    rows = [sorted(numbers.setdefault(word, len(numbers)) for word in text) for text in texts]
    sizes = np.cumsum([0, *map(len, rows)])
    return ClauseWords(
        tuple(f"a#{at}" for at in range(len(rows))),
        tuple(numbers),
        np.array([number for row in rows for number in row], dtype=np.int32),
        sizes.astype(np.int64),
        np.arange(len(rows) + 1),
    )


def explained(
    model: Model,
    asked: Iterable[str],
    *texts: Iterable[str],
    parts: Callable[[str], tuple[str, ...]] = lambda _: (),
) -> list[float]:
    """How well each text explains a question."""
    words = words_of(texts)
    return Translator(words, model, parts).reader(tuple(asked)).clauses(words.ids)


def test_a_compound_is_explained_by_its_parts_a_little_less_than_by_itself() -> None:
    parts = {"成果转化": ("成果", "转化")}
    texts = [{"成果转化", "收入"}, {"转化", "成果"}, {"成果", "收入"}]
    whole, apart, one = explained(
        fit(PAIRS), ["成果转化"], *texts, parts=lambda word: parts.get(word, ())
    )
    assert whole > apart > one


def test_a_word_is_explained_by_what_it_stands_beside() -> None:
    right, wrong = explained(fit(PAIRS), ["童工"], {"未成年人", "机关"}, {"偷税", "机关"})
    assert right > wrong


def test_a_text_in_the_same_words_explains_a_question_that_was_never_seen() -> None:
    same, other = explained(fit(PAIRS), ["公积金"], {"公积金"}, {"罚款"})
    assert same > other


def test_a_question_without_words_is_explained_alike_by_all() -> None:
    assert explained(fit(PAIRS), [], {"罚款"}, {"偷税"}) == [0.0, 0.0]


@given(ASKED, st.lists(TEXT, min_size=1, max_size=4))
def test_the_probability_of_a_word_is_that_of_the_model(
    asked: list[str], texts: list[frozenset[str]]
) -> None:
    model = Model({"甲": {"天": 0.5, "地": 0.25}, "乙": {"玄": 0.125}}, {"甲": 0.25}, 0.0625)

    def probability(word: str, text: frozenset[str]) -> float:
        translated = sum(p for source, p in model.sources.get(word, {}).items() if source in text)
        brought = (1 - LITERAL) * translated + LITERAL * (word in text)
        usual = model.background.get(word, model.unseen)
        return (1 - UNEXPLAINED) * brought / (len(text) + 1) + UNEXPLAINED * usual

    expected = [sum(math.log(probability(w, t)) for w in asked) / len(asked) for t in texts]
    assert explained(model, asked, *texts) == pytest.approx(expected)


@given(st.lists(st.tuples(ASKED, TEXT), min_size=1))
def test_no_row_of_the_table_sums_to_more_than_one(
    examples: list[tuple[list[str], frozenset[str]]],
) -> None:
    rows: dict[str, float] = {}
    for column in fit(examples, rounds=2).sources.values():
        for source, probability in column.items():
            rows[source] = rows.get(source, 0.0) + probability
    assert all(0 < total <= 1 + 1e-9 for total in rows.values())


def test_a_model_is_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, texts = fit(PAIRS), ({"未成年人", "罚款"}, {"偷税"})
    translation.save(made, tmp_path / "model.npz")
    monkeypatch.setattr(translation, "WEIGHTS", tmp_path / "model.npz")
    read = translation.model.__wrapped__()
    for asked in (["童工", "罚"], ["没见过"]):
        expected = explained(made, asked, *texts)
        assert explained(read, asked, *texts) == pytest.approx(expected, abs=1e-2)
