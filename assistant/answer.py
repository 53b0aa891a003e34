"""The answer contract: what the assistant returns to every front end.

`Answer` is the in-process form; `Answer.to_json` gives the published one (schema 1),
documented in `docs/answer-json.md`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

SCHEMA_VERSION = 1


class Status(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    NOT_FOUND = "not_found"
    OUT_OF_SCOPE = "out_of_scope"
    BLOCKED = "blocked"
    CLARIFY = "clarify"

    @property
    def is_refusal(self) -> bool:
        """True when the answer makes no claim about the question."""
        return self not in (Status.ANSWERED, Status.PARTIAL)


class Mode(StrEnum):
    """How an answer was written: quotes, by a language model, or quotes because it failed."""

    EXTRACTIVE = "extractive"
    GENERATIVE = "generative"
    FALLBACK = "extractive-fallback"


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question of a conversation, and the answer's text."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote, word for word, at `text[start:end]` of the clause it names."""

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


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer and the numbers of the citations that prove it."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Retrieved:
    """One retrieved clause, best first."""

    document: str
    clause: str
    clause_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A cited answer or an honest refusal.

    `answer` is the text shown, with `[n]` marks; a refusal's text makes no
    claim about the corpus, so it needs no citation. `dropped` counts the language model's
    sentences that did not stand, by reason.
    """

    question: str
    audience: str | None
    status: Status
    answer: str
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    retrieved: tuple[Retrieved, ...] = ()
    follow_ups: tuple[str, ...] = ()
    mode: Mode = Mode.EXTRACTIVE
    understood: str = ""
    confidence: float | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    id: str | None = None
    dropped: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The published contract, schema 1; keys in a fixed order."""
        return {
            "schema": SCHEMA_VERSION,
            "id": self.id,
            "question": self.question,
            "audience": self.audience,
            "status": self.status.value,
            "answer": self.answer,
            "claims": [{"text": c.text, "citations": list(c.citations)} for c in self.claims],
            "citations": [asdict(citation) for citation in self.citations],
            "retrieved": [asdict(hit) for hit in self.retrieved],
            "follow_ups": list(self.follow_ups),
            "mode": self.mode.value,
            "timings_ms": self.timings_ms,
        }
