"""Answers about the last answer: more of the clause, the rest of it, its basis, its neighbours."""

from __future__ import annotations

from collections.abc import Sequence

from assistant import lookup, phrases
from assistant.compose import Draft, Quote, heading_span, sentence
from assistant.conversation import Act, Reading
from assistant.extract import trim
from assistant.question import Question
from corpus.document import Clause, Role
from corpus.library import Library
from corpus.links import Links, Relation
from index.passages import body_sentences

# More clauses than this are not told in full, nor more provisions behind them.
_CLAUSES = 2
_PROVISIONS = 2


def drafts(
    question: Question, reading: Reading, library: Library, links: Links
) -> tuple[list[Draft], list[Clause]]:
    """What to state for the reading's act, and the clauses that it is taken from."""
    quoted = [library.clauses[name] for name in reading.last.clauses]
    said = "\n".join(reading.last.statements)
    if reading.act is Act.BASIS:
        return _basis(question, quoted, said, library, links), quoted
    if reading.act in (Act.BEFORE, Act.AFTER):
        quoted = _neighbours(quoted[:1], library, -1 if reading.act is Act.BEFORE else 1)
    found = lookup.Found(tuple(quoted[:_CLAUSES]), ())
    whole = lookup.drafts(question, found, library.by_id)
    if reading.act is Act.REST:
        stated = "\n".join(line for turn in reading.past for line in turn.statements)
        whole = [
            draft
            for draft in whole
            if draft.quotes[0].text.rstrip("。；;，,") not in stated and not _is_heading(draft)
        ]
    return whole, quoted


def _is_heading(draft: Draft) -> bool:
    quote = draft.quotes[0]
    return quote.span == heading_span(quote.clause)


def _neighbours(clauses: Sequence[Clause], library: Library, step: int) -> list[Clause]:
    found = []
    for clause in clauses:
        bodies = [c for c in library.document_of(clause).clauses if c.role is Role.BODY]
        at = bodies.index(clause) + step if clause in bodies else -1
        found += [bodies[at]] if 0 <= at < len(bodies) else []
    return found


def _basis(
    question: Question, quoted: Sequence[Clause], said: str, library: Library, links: Links
) -> list[Draft]:
    """Where each clause stands and what was quoted of it, then the provisions behind them."""
    found: list[Draft] = []
    for clause in quoted:
        place = Quote(clause, heading_span(clause))
        lead = phrases.source(library.document_of(clause), question.english)
        lead += phrases.place(clause, place.text, question.english)
        spans = [trim(clause.text, span) for _, span in body_sentences(clause)]
        stated = [s for s in spans if s.of(clause.text).rstrip("。；;，,") in said] or spans
        quote = Quote(clause, stated[0])
        found.append(Draft(lead + sentence(quote.text), (place, quote)))
    names = {clause.id for clause in quoted}
    behind = [link for clause in quoted for link in links.behind(clause.id)]
    behind.sort(key=lambda link: link.relation is not Relation.BASIS)
    targets = [t for t in dict.fromkeys(link.target for link in behind) if t not in names]
    for clause in [library.clauses[t] for t in targets if t in library.clauses][:_PROVISIONS]:
        place = Quote(clause, heading_span(clause))
        lead = phrases.source(library.document_of(clause), question.english)
        lead += phrases.place(clause, place.text, question.english)
        lead += "" if clause.verified else phrases.say(phrases.UNVERIFIED_LEAD, question.english)
        spans = [trim(clause.text, span) for _, span in body_sentences(clause)]
        quote = Quote(clause, spans[0])
        found.append(Draft(lead + sentence(quote.text), (place, quote)))
    return found
