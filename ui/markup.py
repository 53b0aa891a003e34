"""Answers as the chat shows them.

The chat's Markdown renderer corrupts legal text (`5~10万元…10~20万元` is struck through,
`**《法》**` shows asterisks, a line that begins `2024. ` becomes a list). So nothing is left
to it: each message is one HTML block without a line break, in which every ASCII
punctuation mark of a text is a character reference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answer import Answer, Citation, Mode
from corpus.library import Library
from ui.links import quote_url
from ui.search import fold
from ui.texts import Texts, mode_label

_SPECIAL = re.compile(r"[!-/:-@\[-`{-~]")
_MARK = re.compile(r"\[(\d+)\]")
_QUIET = re.compile(r"[\W_]+")


def escape(text: str) -> str:
    """Text that neither HTML nor Markdown can take for mark-up; a line break becomes `<br>`."""
    safe = _SPECIAL.sub(lambda found: f"&#{ord(found.group())};", text)
    return "<br>".join(safe.split("\n"))


def question_html(question: str) -> str:
    """A user's message."""
    return f'<div class="mb-q">{escape(question)}</div>'


def note_html(text: str, kind: str = "wait") -> str:
    """A message of the chat itself: `wait` or `fail`."""
    return f'<div class="mb-{kind}">{escape(text)}</div>'


@dataclass(frozen=True, slots=True)
class Named:
    """How a citation is shown: the document's name and facts, the clause's label and title."""

    document: str
    label: str
    title: str
    facts: tuple[str, ...]


def named(citation: Citation, library: Library | None, texts: Texts) -> Named:
    """The names of what a citation cites, as far as the library knows it."""
    document = library.by_id.get(citation.document_id) if library else None
    clause = library.clauses.get(citation.clause_id) if library else None
    if document is None or clause is None:
        return Named(citation.document, citation.clause, "", ())
    facts = [document.number, texts.validities[document.validity]]
    facts += [] if document.verbatim else [texts.digest]
    facts += [] if clause.verified else [texts.unverified]
    title = "" if clause.title in (clause.label, document.title) else clause.title
    return Named(document.name, clause.label, title, tuple(fact for fact in facts if fact))


def _anchor(citation: Citation, shown: Named) -> str:
    href = quote_url(citation.clause_id, citation.document_id, citation.start, citation.end)
    title = f"《{shown.document}》{shown.label}：“{citation.quote}”"
    mark = escape(f"[{citation.n}]")
    return f'<a class="cite" href="{escape(href)}" title="{escape(title)}">{mark}</a>'


def line_html(line: str, anchors: dict[int, str]) -> str:
    """A line of an answer's text, its `[n]` marks replaced by `anchors`."""
    parts: list[str] = []
    at = 0
    for found in _MARK.finditer(line):
        anchor = anchors.get(int(found.group(1))) or escape(found.group())
        parts += [escape(line[at : found.start()]), anchor]
        at = found.end()
    return "".join([*parts, escape(line[at:])])


def lines_html(lines: Sequence[str], anchors: dict[int, str]) -> str:
    """Paragraphs of an answer; lines that begin with `- ` become a list."""
    out: list[str] = []
    listed = False
    for line in lines:
        item = line.startswith("- ")
        if item != listed:
            out.append("<ul>" if item else "</ul>")
            listed = item
        if item:
            out.append(f"<li>{line_html(line[2:], anchors)}</li>")
        elif line.strip():
            small = ' class="mb-note"' if line.startswith(("注：", "Note:")) else ""
            out.append(f"<p{small}>{line_html(line, anchors)}</p>")
    return "".join([*out, "</ul>" if listed else ""])


def same(one: str, other: str) -> bool:
    """Whether two questions differ in punctuation, width, case and spaces only."""
    return _QUIET.sub("", fold(one)) == _QUIET.sub("", fold(other))


def sources_html(
    citations: Sequence[Citation], library: Library | None, texts: Texts, mode: Mode
) -> str:
    """The list of the clauses that an answer cites, one line a clause, and how it was written."""
    if not citations:
        return ""
    by_clause: dict[str, list[Citation]] = {}
    for citation in citations:
        by_clause.setdefault(citation.clause_id, []).append(citation)
    items = []
    for cited in by_clause.values():
        shown = named(cited[0], library, texts)
        marks = "".join(_anchor(citation, shown) for citation in cited)
        name = escape(
            f"《{shown.document}》{shown.label}" + (f"　{shown.title}" if shown.title else "")
        )
        facts = escape(" · ".join(shown.facts))
        items.append(f'<li>{marks} {name} <span class="mb-facts">{facts}</span></li>')
    how = f'<span class="mb-facts">{escape(mode_label(mode, texts))}</span>'
    head = f'<p class="mb-h">{escape(texts.sources)} · {how}</p>'
    return f'<div class="mb-sources">{head}<ul>{"".join(items)}</ul></div>'


def answer_html(
    answer: Answer, library: Library | None, texts: Texts, shown: int | None = None
) -> str:
    """A whole answer, or its first `shown` claims while it is being told."""
    head = ""
    if answer.understood and not same(answer.understood, answer.question):
        words = escape(texts.understood + answer.understood)
        head = f'<p class="mb-understood">{words}</p>'
    anchors = {c.n: _anchor(c, named(c, library, texts)) for c in answer.citations}
    if shown is not None:
        lines = [
            claim.text + "".join(f"[{n}]" for n in claim.citations)
            for claim in answer.claims[:shown]
        ]
        return f'<div class="mb-a">{head}{lines_html(lines, anchors)}</div>'
    body = lines_html(answer.answer.split("\n"), anchors)
    tail = sources_html(answer.citations, library, texts, answer.mode)
    return f'<div class="mb-a mb-{answer.status.value}">{head}{body}{tail}</div>'
