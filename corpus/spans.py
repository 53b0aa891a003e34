"""Spans inside a clause: sentences, paragraphs (款) and withheld figures. Pure functions."""

from __future__ import annotations

import re

from corpus.document import Span

_SENTENCE_END = re.compile(r"[。！？!?]+[”’\"'」』）)》]*|\.(?=\s*(?:\n|$))|\n")
# X, X%, 20XX: what a publisher prints where a figure or a name is withheld.
_REDACTION = re.compile(r"(?<![A-Za-z])(?:\d*X+%?)(?![A-Za-z])")


def _trimmed(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if start < end else None


def sentence_spans(text: str) -> tuple[Span, ...]:
    """Sentences in order, without surrounding white space; they cover every other character.

    A sentence ends at 。！？ (with the quotes and brackets that close it), at a line break, or
    at a full stop that ends a line.
    """
    spans, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        spans.append(_trimmed(text, start, match.end()))
        start = match.end()
    spans.append(_trimmed(text, start, len(text)))
    return tuple(span for span in spans if span)


def paragraph_spans(text: str) -> tuple[Span, ...]:
    """Lines in order, without surrounding white space: the 款 of an article."""
    spans, start = [], 0
    for line in text.split("\n"):
        spans.append(_trimmed(text, start, start + len(line)))
        start += len(line) + 1
    return tuple(span for span in spans if span)


def redaction_spans(text: str) -> tuple[Span, ...]:
    """Where the publisher printed X for a withheld figure or name."""
    return tuple(Span(*match.span()) for match in _REDACTION.finditer(text))
