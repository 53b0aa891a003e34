"""Answers as the chat shows them.

The chat's Markdown renderer corrupts legal text (`5~10万元…10~20万元` is struck through,
`**《法》**` shows asterisks, a line that begins `2024. ` becomes a list). So nothing is left
to it: each message is one HTML block without a line break, in which every ASCII
punctuation mark of a text is a character reference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from assistant.answer import Answer, Citation
from corpus.document import Document
from ui.links import quote_url
from ui.search import fold
from ui.texts import Texts

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


def _anchor(citation: Citation, document: Document | None, text: str) -> str:
    href = quote_url(citation.clause_id, citation.document_id, citation.start, citation.end)
    name = document.name if document else citation.document
    title = f"《{name}》{citation.clause}：“{citation.quote}”"
    return f'<a class="cite" href="{escape(href)}" title="{escape(title)}">{escape(text)}</a>'


def _marked(
    found: re.Match[str], cited: dict[int, Citation], documents: dict[str, Document]
) -> str:
    citation = cited.get(int(found.group(1)))
    if citation is None:
        return escape(found.group())
    return _anchor(citation, documents.get(citation.document_id), found.group())


def line_html(line: str, cited: dict[int, Citation], documents: dict[str, Document]) -> str:
    """A line of an answer's text, its `[n]` marks as links to the clauses."""
    parts: list[str] = []
    at = 0
    for found in _MARK.finditer(line):
        parts += [escape(line[at : found.start()]), _marked(found, cited, documents)]
        at = found.end()
    return "".join([*parts, escape(line[at:])])


def lines_html(
    lines: Sequence[str], citations: Sequence[Citation], documents: dict[str, Document]
) -> str:
    """Paragraphs of an answer; lines that begin with `- ` become a list."""
    cited = {citation.n: citation for citation in citations}
    show = partial(line_html, cited=cited, documents=documents)
    out: list[str] = []
    listed = False
    for line in lines:
        item = line.startswith("- ")
        if item != listed:
            out.append("<ul>" if item else "</ul>")
            listed = item
        if item:
            out.append(f"<li>{show(line[2:])}</li>")
        elif line.strip():
            small = ' class="mb-note"' if line.startswith(("注：", "Note:")) else ""
            out.append(f"<p{small}>{show(line)}</p>")
    return "".join([*out, "</ul>" if listed else ""])


def same(one: str, other: str) -> bool:
    """Whether two questions differ in punctuation, width, case and spaces only."""
    return _QUIET.sub("", fold(one)) == _QUIET.sub("", fold(other))


def sources_html(
    citations: Sequence[Citation], documents: dict[str, Document], texts: Texts
) -> str:
    """The list of what an answer cites, one line a citation."""
    if not citations:
        return ""
    items = []
    for citation in citations:
        document = documents.get(citation.document_id)
        name = document.name if document else citation.document
        link = _anchor(citation, document, f"[{citation.n}] 《{name}》{citation.clause}")
        facts = [document.number, document.validity.value] if document else []
        facts += [texts.digest] if document and not document.verbatim else []
        tail = " · ".join(fact for fact in facts if fact)
        items.append(f'<li>{link} <span class="mb-facts">{escape(tail)}</span></li>')
    head = f'<p class="mb-h">{escape(texts.sources)}</p>'
    return f'<div class="mb-sources">{head}<ul>{"".join(items)}</ul></div>'


def answer_html(
    answer: Answer,
    documents: dict[str, Document],
    texts: Texts,
    shown: int | None = None,
) -> str:
    """A whole answer, or its first `shown` claims while it is being told."""
    head = ""
    if answer.understood and not same(answer.understood, answer.question):
        words = escape(texts.understood + answer.understood)
        head = f'<p class="mb-understood">{words}</p>'
    if shown is not None:
        lines = [
            claim.text + "".join(f"[{n}]" for n in claim.citations)
            for claim in answer.claims[:shown]
        ]
        body = lines_html(lines, answer.citations, documents)
        return f'<div class="mb-a">{head}{body}</div>'
    body = lines_html(answer.answer.split("\n"), answer.citations, documents)
    tail = sources_html(answer.citations, documents, texts)
    return f'<div class="mb-a mb-{answer.status.value}">{head}{body}{tail}</div>'
