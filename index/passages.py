"""What is embedded and indexed for a clause: its whole text and each sentence. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from corpus.document import Clause, Document, Role, Span

_MAX_PASSAGE = 480
_OVERLAP = 80
_PART = re.compile(r"[~@]\d+$")


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text that stands for a clause in an index.

    `id` is unique; `sentence` is the index in `clause.sentences`, or None for the clause
    (or, where it is long, a window of it).
    """

    id: str
    clause_id: str
    text: str
    sentence: int | None = None


def clause_of(passage_id: str) -> str:
    """The id of the clause that a passage belongs to."""
    return _PART.sub("", passage_id)


def corrected(text: str, document: Document) -> str:
    """The text with known misprints put right, for retrieval only."""
    for printed, meant in document.errata:
        text = text.replace(printed, meant)
    return text


def is_searchable(clause: Clause) -> bool:
    """Titles and bare headings are reached through the clauses below them."""
    return clause.role is Role.BODY


def _prefix(clause: Clause, document: Document) -> str:
    parts = [document.name, *clause.heading_path[:-1]]
    return " ".join(part for part in parts if part)


def keyword_text(clause: Clause, document: Document) -> str:
    """What the keyword index sees: names and headings, then the text."""
    topics = " ".join(clause.topics)
    title = clause.title
    return corrected(f"{_prefix(clause, document)} {title} {topics}\n{clause.text}", document)


def clause_passages(clause: Clause, document: Document) -> tuple[Passage, ...]:
    """The clause as one passage, or as overlapping windows where it is long."""
    prefix = f"{document.name} {clause.heading_path[-2] if len(clause.heading_path) > 1 else ''}"
    text = corrected(clause.text, document)
    starts = [0]
    while len(text) - starts[-1] > _MAX_PASSAGE:
        starts.append(starts[-1] + _MAX_PASSAGE - _OVERLAP)
    return tuple(
        Passage(
            id=clause.id if number == 0 else f"{clause.id}~{number}",
            clause_id=clause.id,
            text=f"{prefix.strip()}\n{text[start : start + _MAX_PASSAGE]}",
        )
        for number, start in enumerate(starts)
    )


def body_sentences(clause: Clause) -> list[tuple[int, Span]]:
    """(number, span) of the sentences after label and title; the first begins where they end."""
    return [
        (number, Span(max(span.start, clause.body), span.end))
        for number, span in enumerate(clause.sentences)
        if span.end > clause.body
    ]


def sentence_passages(clause: Clause, document: Document) -> tuple[Passage, ...]:
    """Each sentence after the title, with the title before it; none where there is only one."""
    body = body_sentences(clause)
    if len(body) < 2 and not clause.title:
        return ()
    title = f"{clause.title}：" if clause.title else ""
    return tuple(
        Passage(
            id=f"{clause.id}@{number}",
            clause_id=clause.id,
            text=title + corrected(span.of(clause.text), document),
            sentence=number,
        )
        for number, span in body
    )


def searchable(documents: Iterable[Document]) -> list[tuple[Document, Clause]]:
    """The clauses that go into the indexes, in corpus order."""
    return [
        (document, clause)
        for document in documents
        for clause in document.clauses
        if is_searchable(clause)
    ]
