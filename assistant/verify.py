"""The last step: no claim leaves without a citation that proves it.

A claim stands when it has at least one quote, each quote is found word for word at its
offsets in the clause, and every number that the claim states stands in its quotes (or is
their count).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.answer import Citation, Claim
from assistant.compose import Draft, Quote
from assistant.figures import numbers
from corpus.document import Clause, Document


@dataclass(frozen=True, slots=True)
class Verified:
    """The claims that stand, their citations, and the drafts that were dropped with the reason."""

    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    dropped: tuple[tuple[Draft, str], ...]


def fault(draft: Draft, clauses: Mapping[str, Clause]) -> str:
    """Why a draft does not stand; empty where it does."""
    if not draft.quotes:
        return "no citation"
    for quote in draft.quotes:
        clause = clauses.get(quote.clause.id)
        if clause is None:
            return f"unknown clause {quote.clause.id}"
        span = quote.span
        if not 0 <= span.start < span.end <= len(clause.text):
            return "offsets outside the clause"
        if span.of(clause.text) != quote.text:
            return "quote differs from the clause"
    proved = set().union(*(numbers(q.text) for q in draft.quotes))
    # A count is proved by as many quotes, one for each thing counted.
    proved |= {str(float(len(draft.quotes)))} if len(draft.quotes) > 1 else set()
    unsupported = numbers(draft.text) - proved
    if unsupported:
        return f"figures not in the quote: {sorted(unsupported)}"
    return ""


def verify(
    drafts: Sequence[Draft], clauses: Mapping[str, Clause], documents: Mapping[str, Document]
) -> Verified:
    """Keep the drafts that stand, number their citations in order of appearance."""
    numbered: dict[tuple[str, int, int], Citation] = {}
    claims, dropped = [], []
    for draft in drafts:
        if reason := fault(draft, clauses):
            dropped.append((draft, reason))
            continue
        marks = tuple(_number(quote, numbered, documents) for quote in draft.quotes)
        claims.append(Claim(draft.text, marks))
    return Verified(tuple(claims), tuple(numbered.values()), tuple(dropped))


def _number(
    quote: Quote,
    numbered: dict[tuple[str, int, int], Citation],
    documents: Mapping[str, Document],
) -> int:
    clause, span = quote.clause, quote.span
    key = (clause.id, span.start, span.end)
    if key not in numbered:
        numbered[key] = Citation(
            n=len(numbered) + 1,
            document_id=clause.document_id,
            document=documents[clause.document_id].title,
            clause_id=clause.id,
            clause=clause.label,
            page=clause.page,
            quote=quote.text,
            start=span.start,
            end=span.end,
            text=clause.text,
        )
    return numbered[key].n
