"""Passage vectors as rows: exact cosines by clause, and rows that do not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index import rows
from index.embedding import Vectors
from index.passages import Passage, clause_of

IDS = ("a#1", "a#2", "b#1")


def unit(*values: float) -> Vectors:
    """A vector of length one."""
    vector = np.array(values, dtype=np.float32)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def saved(folder: Path) -> rows.PassageRows:
    windows = [Passage("a#1", "a#1", ""), Passage("a#1~1", "a#1", "")]
    clauses = [*windows, Passage("a#2", "a#2", ""), Passage("b#1", "b#1", "")]
    vectors = np.stack([unit(1, 0), unit(0, 1), unit(1, 1), unit(-1, 0)])
    sentences = [Passage("a#2@1", "a#2", "", 1), Passage("a#2@3", "a#2", "", 3)]
    rows.save(folder / "rows", IDS, (clauses, vectors), (sentences, vectors[:2]))
    return rows.load(folder / "rows", IDS)


def test_a_clause_scores_as_its_best_window(tmp_path: Path) -> None:
    found = saved(tmp_path).clause_scores(np.stack([unit(0, 1), unit(1, 0)]))
    assert found.shape == (2, 3)
    assert found[0] == pytest.approx([1.0, 0.5**0.5, 0.0])
    assert found[1] == pytest.approx([1.0, 0.5**0.5, -1.0])


def test_one_clause_scores_as_among_all(tmp_path: Path) -> None:
    stored = saved(tmp_path)
    vector = unit(0.6, 0.8)
    [everything] = stored.clause_scores(vector[None])
    assert [stored.clause_score(vector, row) for row in range(3)] == pytest.approx(everything)


def test_sentences_keep_their_numbers(tmp_path: Path) -> None:
    stored = saved(tmp_path)
    assert dict(stored.sentence_scores(unit(1, 0), 1)) == pytest.approx({1: 1.0, 3: 0.0})
    assert list(stored.sentence_scores(unit(1, 0), 0)) == []


def test_a_clause_has_its_best_sentence_or_none(tmp_path: Path) -> None:
    stored = saved(tmp_path)
    assert stored.best_sentences(unit(0.6, 0.8), [2, 1, 0]) == pytest.approx({1: 0.8})
    assert stored.best_sentences(unit(0, 1), [0, 2]) == {}


def test_rows_of_other_clauses_are_refused(tmp_path: Path) -> None:
    saved(tmp_path)
    with pytest.raises(ValueError, match="do not fit"):
        rows.load(tmp_path / "rows", IDS[:2])


def test_a_passage_names_its_clause() -> None:
    assert [clause_of(name) for name in ("d#第三条", "d#3~2", "d#3@14")] == [
        "d#第三条",
        "d#3",
        "d#3",
    ]
