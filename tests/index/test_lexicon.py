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


def test_near_words_come_strongest_first_without_the_word_itself(lexicon: Lexicon) -> None:
    assert list(lexicon.similar("工资")) == ["薪水", "报酬"]
    assert lexicon.similar("学校") == {}


def test_a_word_that_the_corpus_has_not_is_compared_alike(lexicon: Lexicon) -> None:
    assert set(lexicon.similar("薪酬")) == {"工资", "薪水", "报酬"}
    known, unknown = lexicon.similar("薪水")["工资"], lexicon.similar("薪酬")["工资"]
    assert known == pytest.approx((np.cos(0.1) - 0.92) / 0.08, abs=0.02)
    assert unknown == pytest.approx((np.cos(0.05) - 0.92) / 0.08, abs=0.02)
