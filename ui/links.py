"""Addresses of documents and clauses inside the site."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from corpus.document import Clause
from corpus.language import Lang


def document_url(document_id: str) -> str:
    """The page of a whole document."""
    return f"/documents/{quote(document_id, safe='')}"


def fragment(clause_id: str, document_id: str) -> str:
    """The part of a clause id that names the clause in its document: the anchor on its page."""
    return clause_id.removeprefix(f"{document_id}#")


def clause_url(clause: Clause, query: str = "") -> str:
    """A clause on the page of its document; `query` begins with `?`."""
    anchor = fragment(clause.id, clause.document_id)
    return f"{document_url(clause.document_id)}{query}#{quote(anchor, safe='')}"


def quote_url(clause_id: str, document_id: str, start: int, end: int, lang: Lang = "zh") -> str:
    """A clause on the page of its document, with its characters [start, end) marked."""
    anchor = fragment(clause_id, document_id)
    marked = {"clause": anchor, "start": start, "end": end}
    spoken = {"lang": lang} if lang == "en" else {}
    query = urlencode(marked | spoken, quote_via=quote)
    return f"{document_url(document_id)}?{query}#{quote(anchor, safe='')}"
