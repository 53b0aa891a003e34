"""Clauses that a question names by number: direct look-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant import phrases
from assistant.compose import Draft, Quote, heading_span, sentence
from assistant.extract import trim
from assistant.question import Question, Reference
from corpus.document import Clause, Document, Kind, Role
from corpus.numerals import to_chinese
from index.passages import body_sentences

MAX_QUOTED = 700
# More clauses than this are shown by their headings.
HEADINGS_ONLY = 3


@dataclass(frozen=True, slots=True)
class Found:
    """Clauses named by a question, and the labels that name none."""

    clauses: tuple[Clause, ...]
    missing: tuple[str, ...]
    paragraph: int | None = None


def _by_label(document: Document) -> dict[str, Clause]:
    return {clause.id.partition("#")[2]: clause for clause in document.clauses}


def _labels(reference: Reference, number: int, part: int | None) -> tuple[str, ...]:
    chinese = to_chinese(number)
    if reference.mark == "部分":
        return (chinese,)
    if reference.mark == "点" and part is not None:
        return (f"{to_chinese(part)}({chinese})",)
    return (str(number), f"第{chinese}条", f"({chinese})", f"第{number}条", chinese)


def find(question: Question, documents: Sequence[Document]) -> Found | None:
    """The clauses named by number; None where the question names none."""
    wanted = [ref for ref in question.references if ref.mark != "款"]
    if not wanted:
        return None
    named = [d for d in documents if d.id in question.documents]
    if question.absent and not named:
        return None
    plans = [d for d in documents if d.kind is Kind.PLAN]
    if not named and not plans:
        return None
    document = (named or plans)[0]
    labels = _by_label(document)
    parts = [ref.first for ref in wanted if ref.mark == "部分"]
    part = parts[0] if parts else None
    if part is not None and any(ref.mark in ("点", "条", "项") for ref in wanted):
        wanted = [
            Reference(
                "点" if f"{to_chinese(part)}({to_chinese(ref.first)})" in labels else ref.mark,
                ref.first,
                ref.last,
                ref.document_id,
            )
            for ref in wanted
            if ref.mark != "部分"
        ]
    clauses: list[Clause] = []
    missing: list[str] = []
    for ref in wanted:
        for number in range(ref.first, ref.last + 1):
            names = _labels(ref, number, part)
            clause = next((labels[name] for name in names if name in labels), None)
            if clause is None:
                missing.append(f"第{number}{ref.mark}")
            elif clause.role is Role.HEADING:
                depth = len(clause.heading_path)
                clauses += [
                    c
                    for c in document.clauses
                    if c.heading_path[:depth] == clause.heading_path
                    and c is not clause
                    and len(c.heading_path) == depth + 1
                ]
            else:
                clauses.append(clause)
    paragraph = next((ref.first for ref in question.references if ref.mark == "款"), None)
    return Found(tuple(dict.fromkeys(clauses)), tuple(missing), paragraph)


def drafts(question: Question, found: Found, documents: dict[str, Document]) -> list[Draft]:
    """Each clause named, sentence by sentence; its headings only where there are many clauses."""
    result: list[Draft] = []
    for clause in found.clauses:
        document = documents[clause.document_id]
        caution = "" if clause.verified else phrases.say(phrases.UNVERIFIED_LEAD, question.english)
        lead = phrases.source(document, question.english) if not result else ""
        if clause.title and found.paragraph is None:
            quote = Quote(clause, heading_span(clause))
            result.append(Draft(lead + caution + sentence(quote.text), (quote,)))
            if len(found.clauses) > HEADINGS_ONLY:
                continue
            lead, caution = "", ""
        spans = [span for _, span in body_sentences(clause)] or list(clause.sentences)
        if found.paragraph is not None:
            chosen = clause.paragraphs[found.paragraph - 1 : found.paragraph]
            spans = [s for s in spans for p in chosen if s.start < p.end and p.start < s.end]
        used = 0
        for span in spans:
            if used > MAX_QUOTED:
                break
            quote = Quote(clause, trim(clause.text, span))
            result.append(Draft(lead + caution + sentence(quote.text), (quote,)))
            lead, caution = "", ""
            used += span.end - span.start
    return result
