"""The bodies of the HTTP API, as its OpenAPI description shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from corpus.document import Clause, Document, Role
from ui.links import clause_url

AudienceName = Literal["enterprise", "school"]
StatusName = Literal["answered", "partial", "not_found", "out_of_scope", "blocked", "clarify"]
MAX_TURNS = 20
MAX_TEXT = 20_000


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PastTurn(_Body):
    """One earlier question of the conversation, and the answer's text."""

    question: str = Field(max_length=MAX_TEXT)
    answer: str = Field(max_length=MAX_TEXT)


class AskBody(_Body):
    """A question."""

    question: str = Field(min_length=1, max_length=MAX_TEXT, examples=["新录用员工的培训费谁出？"])
    audience: AudienceName | None = Field(default=None, description="为谁而问")
    history: list[PastTurn] = Field(default=[], max_length=MAX_TURNS, description="先前的问答")
    id: Annotated[str, Field(max_length=200)] | None = Field(default=None, description="原样返回")


class ClaimBody(_Body):
    """One sentence of the answer, with the numbers of the citations that prove it."""

    text: str
    citations: list[int]


class CitationBody(_Body):
    """A quote, word for word, at `text[start:end]` (Unicode code points) of a clause."""

    n: int
    document_id: str
    document: str
    clause_id: str
    clause: str
    page: int | None
    quote: str
    start: int
    end: int
    text: str


class RetrievedBody(_Body):
    """A retrieved clause."""

    document: str
    clause: str
    clause_id: str
    score: float


class AnswerBody(_Body):
    """The answer, schema 1; see docs/answer-json.md."""

    schema_: Literal[1] = Field(alias="schema")
    id: str | None
    question: str
    audience: AudienceName | None
    status: StatusName
    answer: str
    claims: list[ClaimBody]
    citations: list[CitationBody]
    retrieved: list[RetrievedBody]
    follow_ups: list[str]
    mode: str
    timings_ms: dict[str, float]


class DocumentBody(_Body):
    """A document, without its text."""

    id: str
    title: str
    short_title: str
    kind: str
    rank: str
    validity: str
    number: str
    issuer: str
    date: str
    region: str
    audience: list[str]
    verbatim: bool
    note: str
    clauses: int

    @classmethod
    def of(cls, document: Document) -> DocumentBody:
        """A document as the API and the command line list it."""
        return cls(
            id=document.id,
            title=document.title,
            short_title=document.short_title,
            kind=document.kind.value,
            rank=document.rank.value,
            validity=document.validity.value,
            number=document.number,
            issuer=document.issuer,
            date=document.date,
            region=document.region,
            audience=[audience.value for audience in document.audience],
            verbatim=document.verbatim,
            note=document.note,
            clauses=len(document.clauses),
        )


class DocumentsBody(_Body):
    """The documents that match."""

    documents: list[DocumentBody]


class Neighbour(_Body):
    """The clause before or after."""

    id: str
    label: str
    title: str

    @classmethod
    def of(cls, clause: Clause | None) -> Neighbour | None:
        """A clause, if there is one."""
        return cls(id=clause.id, label=clause.label, title=clause.title) if clause else None


class ClauseBody(_Body):
    """A clause whole, and where it stands. Offsets count Unicode code points."""

    id: str
    label: str
    title: str
    heading_path: list[str]
    text: str
    page: int | None
    verified: bool
    redactions: list[tuple[int, int]]
    document: DocumentBody
    previous: Neighbour | None
    next: Neighbour | None
    url: str = Field(description="在文件全文页中的地址")

    @classmethod
    def of(cls, clause: Clause, document: Document) -> ClauseBody:
        """A clause as the API gives it; its neighbours are clauses with text of their own."""
        bodies = [c for c in document.clauses if c.role is Role.BODY or c.id == clause.id]
        at = bodies.index(clause)
        return cls(
            id=clause.id,
            label=clause.label,
            title=clause.title,
            heading_path=list(clause.heading_path),
            text=clause.text,
            page=clause.page,
            verified=clause.verified,
            redactions=[(span.start, span.end) for span in clause.redactions],
            document=DocumentBody.of(document),
            previous=Neighbour.of(bodies[at - 1] if at else None),
            next=Neighbour.of(bodies[at + 1] if at + 1 < len(bodies) else None),
            url=clause_url(clause),
        )


class FeedbackBody(_Body):
    """What a user thinks of an answer. Telephone and identity numbers and e-mail are masked."""

    rating: Literal["up", "down"]
    question: str = Field(max_length=MAX_TEXT)
    answer: str = Field(default="", max_length=MAX_TEXT)
    reason: str = Field(default="", max_length=1000)
    audience: AudienceName | None = None
    clauses: list[Annotated[str, Field(max_length=300)]] = Field(default=[], max_length=50)
    replaces: str = Field(
        default="", max_length=64, description="先前评价同一回答时得到的 token，新评价取代它"
    )


class StoredBody(_Body):
    """The feedback was stored."""

    stored: Literal[True] = True
    token: str


class ErrorDetail(_Body):
    """What went wrong: a stable code, and a sentence for the user."""

    code: str
    message: str


class ErrorBody(_Body):
    """The body of every response that is not a success."""

    error: ErrorDetail
