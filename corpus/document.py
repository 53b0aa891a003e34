"""What crosses every boundary: documents, clauses and character spans.

A *clause* is the unit that is retrieved, quoted and cited. All offsets are
counted in Python characters (Unicode code points), half-open: `text[start:end]`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Audience(StrEnum):
    """Whom a clause concerns."""

    ENTERPRISE = "enterprise"
    SCHOOL = "school"
    STUDENT = "student"
    GOVERNMENT = "government"


class Kind(StrEnum):
    """What sort of document it is."""

    PLAN = "plan"
    POLICY = "policy"
    LOCAL = "local"
    REGULATION = "regulation"
    STATUTE = "statute"


class Validity(StrEnum):
    """Whether a document is in force, as far as our evidence goes."""

    IN_FORCE = "现行"
    AMENDED = "已修订"
    UNVERIFIED = "未核实"
    REPEALED = "已废止"


class Rank(StrEnum):
    """Rank in the hierarchy of legal sources (Legislation Law, arts. 98-103), highest first."""

    LAW = "法律"
    ADMINISTRATIVE_REGULATION = "行政法规"
    NORMATIVE = "部门规章/规范性文件"
    LOCAL = "地方文件"

    @property
    def order(self) -> int:
        """0 for the highest rank."""
        return list(Rank).index(self)


class Role(StrEnum):
    """What part a clause plays in its document."""

    TITLE = "title"
    HEADING = "heading"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of character offsets into a clause's text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The words that the span covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a digest entry's fact was seen: a URL or a note of the source, and its words."""

    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One citable unit of a document.

    `id` is `<document id>#<label>`, stable across builds. `text` is word for
    word what the source prints, label and title included; `body` is the offset
    where the text after label and title begins. `paragraphs` are the 款 of an
    article (its physical paragraphs), `sentences` the sentences of the whole
    text in order. `redactions` are figures that the publisher withheld (X, X%).
    """

    id: str
    document_id: str
    document_title: str
    label: str
    title: str
    heading_path: tuple[str, ...]
    text: str
    body: int
    sentences: tuple[Span, ...]
    paragraphs: tuple[Span, ...]
    redactions: tuple[Span, ...] = ()
    role: Role = Role.BODY
    page: int | None = None
    audience: tuple[Audience, ...] = ()
    topics: tuple[str, ...] = ()
    verified: bool = True
    evidence: tuple[Evidence, ...] = ()

    def __hash__(self) -> int:
        # Clauses are keys of caches: to hash every span takes longer than what is remembered.
        return hash(self.id)


@dataclass(frozen=True, slots=True)
class Document:
    """A document and its clauses; joining the clauses' text by newlines gives back `text`.

    `verbatim` is False for a digest in our own words (要点摘编), which must
    never be shown as the official wording.
    """

    id: str
    title: str
    kind: Kind
    rank: Rank
    validity: Validity
    text: str
    clauses: tuple[Clause, ...]
    short_title: str = ""
    number: str = ""
    issuer: str = ""
    date: str = ""
    region: str = ""
    audience: tuple[Audience, ...] = ()
    url: str = ""
    note: str = ""
    verbatim: bool = True
    source: str = ""
    errata: tuple[tuple[str, str], ...] = field(default=())

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def standing(self) -> tuple[int, int]:
        """Sort key of authority: rank, then validity; the highest and surest first."""
        return self.rank.order, list(Validity).index(self.validity)

    @property
    def name(self) -> str:
        """The title as it is used in running text."""
        return self.short_title or self.title
