"""Browsing: filter documents and find words in clauses, without the index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.document import Audience, Clause, Document, Kind, Role, Span, Validity

_WIDTH = str.maketrans({chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})


def fold(text: str) -> str:
    """The text for comparison: half-width, lower case, one character for each character."""
    folded = text.translate(_WIDTH).lower()
    return folded if len(folded) == len(text) else text.translate(_WIDTH)


@dataclass(frozen=True, slots=True)
class Match:
    """A clause that contains all the words, and where the first of each stands."""

    clause: Clause
    document: Document
    spans: tuple[Span, ...]


def filter_documents(
    documents: Iterable[Document],
    query: str = "",
    kind: Kind | None = None,
    audience: Audience | None = None,
    validity: Validity | None = None,
) -> list[Document]:
    """The documents that fit every filter; `query` words must stand in title or number."""
    words = fold(query).split()

    def fits(document: Document) -> bool:
        heading = fold(f"{document.title} {document.short_title} {document.number} {document.id}")
        return (
            (kind is None or document.kind is kind)
            and (audience is None or audience in document.audience)
            and (validity is None or document.validity is validity)
            and all(word in heading for word in words)
        )

    return [document for document in documents if fits(document)]


def find_clauses(documents: Sequence[Document], query: str, limit: int) -> list[Match]:
    """Clauses that contain every word of `query`, in corpus order, at most `limit`."""
    words = fold(query).split()
    if not words:
        return []
    found: list[Match] = []
    for document in documents:
        for clause in document.clauses:
            if clause.role is Role.TITLE:
                continue
            text = fold(clause.text)
            places = [text.find(word) for word in words]
            if min(places) < 0:
                continue
            spans = {Span(at, at + len(word)) for at, word in zip(places, words, strict=True)}
            ordered = tuple(sorted(spans, key=lambda span: span.start))
            found.append(Match(clause, document, ordered))
            if len(found) == limit:
                return found
    return found
