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


class Verifier:
    """Takes drafts one at a time; keeps those that stand, numbers citations as they appear."""

    def __init__(self, clauses: Mapping[str, Clause], documents: Mapping[str, Document]) -> None:
        self._clauses, self._documents = clauses, documents
        self._numbered: dict[tuple[str, int, int], Citation] = {}
        self._claims: list[Claim] = []
        self._dropped: list[tuple[Draft, str]] = []

    def add(self, draft: Draft) -> str:
        """Keep the draft, or give back why it does not stand."""
        if reason := fault(draft, self._clauses):
            self._dropped.append((draft, reason))
            return reason
        marks = tuple(_number(quote, self._numbered, self._documents) for quote in draft.quotes)
        self._claims.append(Claim(draft.text, marks))
        return ""

    @property
    def verified(self) -> Verified:
        """What has been added so far."""
        return Verified(tuple(self._claims), tuple(self._numbered.values()), tuple(self._dropped))


def verify(
    drafts: Sequence[Draft], clauses: Mapping[str, Clause], documents: Mapping[str, Document]
) -> Verified:
    """Keep the drafts that stand, number their citations in order of appearance."""
    verifier = Verifier(clauses, documents)
    for draft in drafts:
        verifier.add(draft)
    return verifier.verified


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
