"""The words of clauses are cut once and read as numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus import library
from corpus.settings import Settings
from index import words
from index.passages import body_sentences, searchable
from index.tokenizer import Tokenizer
from index.words import ClauseWords

TOKENIZER = Tokenizer(["产教融合"])


@pytest.fixture(scope="module")
def built() -> tuple[ClauseWords, list[str]]:
    documents = library.load(Settings(statutes="none")).documents
    clauses = [clause for _, clause in searchable(documents)][:40]
    texts = []
    for clause in clauses:
        heading = " ".join(clause.heading_path[-2:])
        sentences = [span.of(clause.text) for _, span in body_sentences(clause)]
        texts += [f"{heading}\n" + "\n".join(sentences), *(f"{heading}\n{s}" for s in sentences)]
    return ClauseWords.build(clauses, TOKENIZER), texts


def test_every_text_has_the_words_it_is_cut_into(built: tuple[ClauseWords, list[str]]) -> None:
    cut, texts = built
    assert len(cut.starts) == len(texts) + 1
    for at, text in enumerate(texts):
        assert cut.of(at) == {w for line in text.split("\n") for w in TOKENIZER.words(line)}


def test_the_words_of_a_clause_are_those_of_its_sentences(
    built: tuple[ClauseWords, list[str]],
) -> None:
    cut, _ = built
    for name in cut.ids:
        sentences = cut.sentences(name)
        parts = [cut.of(at) for at in sentences]
        assert not parts or cut.of(cut.whole(name)) == frozenset().union(*parts)


def test_words_are_read_as_they_were_written(
    built: tuple[ClauseWords, list[str]], tmp_path: Path
) -> None:
    cut, _ = built
    cut.save(tmp_path / "words")
    read = words.load(tmp_path / "words", cut.ids)
    assert [read.of(at) for at in range(len(cut.starts) - 1)] == [
        cut.of(at) for at in range(len(cut.starts) - 1)
    ]
    with pytest.raises(ValueError, match="do not fit"):
        words.load(tmp_path / "words", cut.ids[:-1])
