"""Near words: the same whether worked out at the build or for an unknown word."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.embedding import Vectors
from index.lexicon import Lexicon

ANGLES = {"工资": 0.0, "薪水": 0.1, "报酬": 0.2, "学校": 1.5, "薪酬": 0.05}


def encode(words: list[str]) -> Vectors:
    angles = np.array([ANGLES[word] for word in words])
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    words = ["工资", "薪水", "报酬", "学校"]
    Lexicon.build(words, encode(words), encode).save(tmp_path / "lexicon.npz")
    return Lexicon.load(tmp_path / "lexicon.npz", encode)


def near(lexicon: Lexicon, word: str) -> dict[str, float]:
    return lexicon.similar([word])[word]


def test_near_words_come_strongest_first_without_the_word_itself(lexicon: Lexicon) -> None:
    assert list(near(lexicon, "工资")) == ["薪水", "报酬"]
    assert near(lexicon, "学校") == {}


def test_a_word_that_the_corpus_has_not_is_compared_alike(lexicon: Lexicon) -> None:
    assert set(near(lexicon, "薪酬")) == {"工资", "薪水", "报酬"}
    known, unknown = near(lexicon, "薪水")["工资"], near(lexicon, "薪酬")["工资"]
    assert known == pytest.approx((np.cos(0.1) - 0.92) / 0.08, abs=0.02)
    assert unknown == pytest.approx((np.cos(0.05) - 0.92) / 0.08, abs=0.02)


def test_unknown_words_of_a_question_are_encoded_together_and_remembered() -> None:
    calls: list[list[str]] = []

    def counted(words: list[str]) -> Vectors:
        calls.append(words)
        return encode(words)

    words = ["工资", "报酬"]
    lexicon = Lexicon.build(words, encode(words), counted)
    first = lexicon.similar(["薪酬", "工资", "薪水", "a"])
    assert list(first) == ["薪酬", "工资", "薪水", "a"]
    assert first["a"] == {}
    assert lexicon.similar(["薪水"])["薪水"] == first["薪水"]
    assert calls == [["薪酬", "薪水"]]
