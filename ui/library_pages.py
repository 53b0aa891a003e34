"""The library: browse, search and read documents. Server-rendered; needs no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from corpus.document import Audience, Clause, Document, Kind, Role, Span, Validity
from corpus.language import Said
from corpus.library import Library
from ui.desk import Desk
from ui.links import clause_url, document_url, fragment
from ui.pages import notice, page, waiting, words_of
from ui.search import Match, filter_documents, find_clauses
from ui.texts import AUDIENCES, KINDS

FOUND_LIMIT: Final = 50
CONTEXT: Final = 60
_Option = TypeVar("_Option", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text, marked or not."""

    text: str
    marked: bool


def pieces(text: str, spans: Sequence[Span], start: int = 0, end: int | None = None) -> list[Piece]:
    """`text[start:end]` cut where `spans` (ascending) begin and end."""
    end = len(text) if end is None else end
    out: list[Piece] = []
    at = start
    for span in spans:
        first, last = max(span.start, at), min(span.end, end)
        if first >= last:
            continue
        out += [Piece(text[at:first], False), Piece(text[first:last], True)]
        at = last
    out.append(Piece(text[at:end], False))
    return [piece for piece in out if piece.text]


@dataclass(frozen=True, slots=True)
class Section:
    """A clause on the page of its document; or, with `chapter`, a heading of its own."""

    anchor: str
    name: str
    level: int
    in_outline: bool
    chapter: bool = False
    heading: bool = False
    titled: bool = False
    other_anchor: str = ""
    paragraphs: tuple[list[Piece], ...] = ()
    page: int | None = None
    verified: bool = True


def _paragraphs(clause: Clause, marked: Span | None) -> tuple[list[Piece], ...]:
    spans = [marked] if marked else []
    out = []
    at = 0
    for line in clause.text.split("\n"):
        if line.strip():
            out.append(pieces(clause.text, spans, at, at + len(line)))
        at += len(line) + 1
    return tuple(out)


def _section(clause: Clause, marked: Span | None) -> Section:
    anchor = fragment(clause.id, clause.document_id)
    heading = clause.role is Role.HEADING
    name = clause.heading_path[-1] if clause.heading_path else clause.title or clause.label
    return Section(
        anchor=anchor,
        name=name,
        level=min(len(clause.heading_path) or 1, 4),
        in_outline=heading or bool(clause.title),
        heading=heading,
        titled=clause.text.split("\n", 1)[0] == name,
        other_anchor=clause.label if clause.label != anchor else "",
        paragraphs=_paragraphs(clause, marked),
        page=clause.page,
        verified=clause.verified,
    )


def sections(document: Document, anchor: str = "", start: int = 0, end: int = 0) -> list[Section]:
    """The document's clauses; characters [start, end) of the clause at `anchor` are marked.

    Where the headings are no clauses (chapters of statutes), they come from the paths.
    """
    out: list[Section] = []
    own_headings = any(clause.role is Role.HEADING for clause in document.clauses)
    above: tuple[str, ...] = ()
    for clause in document.clauses:
        if clause.role is Role.TITLE:
            continue
        path = clause.heading_path[:-1]
        if not own_headings:
            for level, name in enumerate(path):
                if path[: level + 1] != above[: level + 1]:
                    number = f"h{len(out) + 1}"
                    out.append(Section(number, name, level + 1, in_outline=True, chapter=True))
            above = path
        here = fragment(clause.id, document.id) == anchor
        span = Span(max(start, 0), min(end, len(clause.text)))
        out.append(_section(clause, span if here and span.start < span.end else None))
    return out


@dataclass(frozen=True, slots=True)
class Found:
    """A clause that a search found, with the words around the first match."""

    url: str
    document: str
    label: str
    title: str
    excerpt: list[Piece]


def _found(match: Match, query: str) -> Found:
    first = match.spans[0]
    start = max(0, first.start - CONTEXT)
    end = min(len(match.clause.text), first.end + 2 * CONTEXT)
    excerpt = pieces(match.clause.text, match.spans, start, end)
    if start:
        excerpt.insert(0, Piece("…", False))
    if end < len(match.clause.text):
        excerpt.append(Piece("…", False))
    return Found(
        clause_url(match.clause, query),
        match.document.name,
        match.clause.label,
        match.clause.title,
        excerpt,
    )


def _choice(options: type[_Option], value: str) -> _Option | None:
    """The option, or None for anything that is none."""
    return options(value) if value in {option.value for option in options} else None


def router(desk: Desk) -> APIRouter:
    """`/documents` and `/documents/<id>`."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/documents", response_class=HTMLResponse)
    def documents(
        request: Request, q: str = "", kind: str = "", audience: str = "", validity: str = ""
    ) -> HTMLResponse:
        """The documents, and the clauses that contain the words searched for."""
        library: Library | None = desk.library
        if library is None:
            return waiting(request, desk.state.detail)
        query, words = q.strip()[:100], words_of(request)
        chosen = (
            _choice(Kind, kind),
            _choice(Audience, audience),
            _choice(Validity, validity),
        )
        fitting = filter_documents(library.catalogue, "", *chosen)
        found = find_clauses(fitting, query, FOUND_LIMIT + 1)
        named = filter_documents(fitting, query)
        return page(
            request,
            "library.html",
            query=query,
            chosen=chosen,
            groups=[
                (label, [document for document in named if document.kind is kind_])
                for kind_, label in KINDS.items()
            ],
            count=len(named),
            found=[_found(match, words.query) for match in found[:FOUND_LIMIT]],
            more=len(found) > FOUND_LIMIT,
            validities=list(Validity),
            url=lambda document_id: document_url(document_id) + words.query,
            kinds=KINDS,
            audiences=AUDIENCES,
            problems=library.problems,
        )

    @routes.get("/documents/{document_id:path}", response_class=HTMLResponse)
    def document(
        request: Request, document_id: str, clause: str = "", start: str = "", end: str = ""
    ) -> HTMLResponse:
        """A whole document with its outline."""
        library = desk.library
        if library is None:
            return waiting(request, desk.state.detail)
        shown = library.by_id.get(document_id)
        if shown is None:
            name = document_id[:100]
            said = Said(
                f"文库中没有编号为“{name}”的文件。", f"There is no document “{name}” on file."
            )
            return notice(request, 404, said, title=Said("没有这份文件", "No such document"))
        span = [int(at) if at.isascii() and at.isdigit() else 0 for at in (start[:9], end[:9])]
        parts = sections(shown, clause, *span)
        return page(
            request,
            "library_document.html",
            document=shown,
            official=shown.url if shown.url.startswith(("https://", "http://")) else "",
            sections=parts,
            outline=[part for part in parts if part.in_outline],
        )

    return routes
