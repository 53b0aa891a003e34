"""Composition with a language model: it writes, sentence by sentence, what the clauses prove.

The model sees numbered clauses and answers with JSON objects of a sentence and the numbers of
its clauses. Each is checked as it comes (`assistant.faithfulness`); what fails is dropped and
counted. Nothing is shown before what stands covers at least the direct answer that quotes
would give (`Floor`); where that point is not reached in time, the quotes are the answer.
"""

from __future__ import annotations

import json
import logging
import queue
import re
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from assistant import answer_type, compose, phrases
from assistant.alignment import pairs, share
from assistant.chat_model import chat_model
from assistant.compose import Draft
from assistant.evidence import Evidence, Terms, wants_many
from assistant.faithfulness import Check
from assistant.figures import figures
from assistant.polarity import verdict
from assistant.question import Asked, Question, QuestionKind
from corpus.document import Clause, Document
from corpus.settings import Settings
from index.retriever import Hit

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

log = logging.getLogger(__name__)
# What the model is given to read, in characters and clauses.
SHOWN_CHARS = 6000
SHOWN_CLAUSES = 10
LONGEST_REPLY = 12_000
LONGEST_SENTENCE = 400
# After a failure the endpoint is left alone so long: a dead one must not delay every question.
REST_SECONDS = 30.0
# A list must hold this share of the character pairs that the quotes would give.
LIST_SHARE = 0.6
# A sentence says nothing new where so much of it has been said.
REPEATED = 0.9


class ModelFailed(RuntimeError):
    """The language model gave no answer; the message is a short code."""


# ------------------------------------------------------------------ what the model says
class Said(BaseModel):
    """A sentence and the numbers of the clauses that it names."""

    model_config = ConfigDict(frozen=True)
    text: str = Field(min_length=1, max_length=LONGEST_SENTENCE)
    clauses: tuple[int, ...] = ()

    @field_validator("clauses", mode="before")
    @classmethod
    def _as_list(cls, value: object) -> object:
        return (value,) if isinstance(value, int | str) else value


_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)


def sentences(chunks: Iterable[str]) -> Iterator[Said | None]:
    """The sentences of a reply, each as soon as its JSON object is closed; None for a bad one.

    Objects with a `text` are taken wherever they stand: in the list that was asked for, one a
    line, behind a code fence or prose. What a reasoning model thinks aloud is passed over.
    Raises ModelFailed where the reply grows beyond `LONGEST_REPLY` characters.
    """
    decoder = json.JSONDecoder(strict=False)
    reply, at = "", 0
    for chunk in chunks:
        reply += chunk
        if len(reply) > LONGEST_REPLY:
            raise ModelFailed("too_long")
        plain = _THOUGHT.sub(lambda found: " " * len(found.group()), reply)
        start = plain.find("{", at)
        while start >= 0:
            found, end = _object(decoder, plain, start)
            if isinstance(found, dict) and "text" in found:
                yield _said(found)
                at = end
            start = plain.find("{", max(start + 1, at))


def _object(decoder: json.JSONDecoder, text: str, start: int) -> tuple[object, int]:
    try:
        return decoder.raw_decode(text, start)
    except (json.JSONDecodeError, RecursionError):
        return None, start


def _said(found: Mapping[str, object]) -> Said | None:
    try:
        return Said.model_validate(found)
    except ValidationError:
        return None


# ------------------------------------------------------------------ asking it
_END = object()


class Writer:
    """Asks the model within a deadline; after a failure it rests. Thread-safe."""

    def __init__(
        self,
        model: BaseChatModel,
        timeout: float,
        rest: float = REST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model, self._timeout, self._rest, self._clock = model, timeout, rest, clock
        self._resting_until = 0.0

    @classmethod
    def of(cls, settings: Settings) -> Writer | None:
        """The writer that the settings want; None where answers are to be quotes.

        Raises ModelUnavailable where the model cannot be made.
        """
        if settings.composer != "generative":
            return None
        return cls(chat_model(settings), settings.llm_timeout)

    def write(self, messages: Sequence[BaseMessage]) -> Generator[str, None, None]:
        """The reply as it comes, for at most `timeout` seconds.

        Raises ModelFailed: resting, timeout, rate_limit, unreachable, broken_off or error.
        """
        until = self._clock() + self._timeout
        if self._clock() < self._resting_until:
            raise ModelFailed("resting")
        chunks: queue.Queue[object] = queue.Queue()
        left = threading.Event()
        # A thread of its own: a stalled connection cannot be interrupted, but it can be left.
        threading.Thread(
            target=self._read, args=(list(messages), chunks, left), name="llm", daemon=True
        ).start()
        begun = False
        try:
            while True:
                try:
                    item = chunks.get(timeout=max(0.0, until - self._clock()))
                except queue.Empty:
                    raise self._failed("timeout") from None
                if item is _END:
                    return
                if isinstance(item, Exception):
                    log.warning("the language model failed: %s", type(item).__name__)
                    raise self._failed(_reason(item, begun)) from item
                begun = True
                yield str(item)
        finally:
            left.set()

    def _read(
        self, messages: list[BaseMessage], chunks: queue.Queue[object], left: threading.Event
    ) -> None:
        try:
            for chunk in self._model.stream(messages):
                if left.is_set():
                    return
                if text := str(chunk.text):
                    chunks.put(text)
            chunks.put(_END)
        except Exception as error:  # every provider raises its own
            chunks.put(error)

    def _failed(self, reason: str) -> ModelFailed:
        self._resting_until = self._clock() + self._rest
        return ModelFailed(reason)


def _reason(error: Exception, begun: bool) -> str:
    name = type(error).__name__
    if getattr(error, "status_code", None) == 429 or "RateLimit" in name:
        return "rate_limit"
    if "Timeout" in name:
        return "timeout"
    if begun:
        return "broken_off"
    return "unreachable" if "Connect" in name else "error"


# ------------------------------------------------------------------ what it is given
def to_show(
    chosen: Sequence[Evidence], hits: Sequence[Hit], clauses: Mapping[str, Clause]
) -> list[Clause]:
    """The clauses for the model: those with the evidence, then others that are verified."""
    first = [evidence.clause for evidence in chosen]
    others = [clauses[hit.clause_id] for hit in hits]
    wanted = {c.id: c for c in (*first, *(c for c in others if c.verified))}
    shown: list[Clause] = []
    room = SHOWN_CHARS
    for clause in list(wanted.values())[:SHOWN_CLAUSES]:
        if len(clause.text) <= room:
            shown.append(clause)
            room -= len(clause.text)
    return shown


def quotes_only(question: Question, drafts: Sequence[Draft]) -> bool:
    """Whether the answer must stay a quote.

    English is checked against no Chinese quote; and a figure asked for that the publisher
    withheld is explained by the quoting composer, together with the national rule.
    """
    if question.english:
        return True
    wants_figure = bool(question.asked or question.figures)
    return wants_figure and any(
        quote.span.start < redaction.end and redaction.start < quote.span.end
        for draft in drafts
        for quote in draft.quotes
        for redaction in quote.clause.redactions
    )


# ------------------------------------------------------------------ when it is enough
@dataclass(frozen=True, slots=True)
class Floor:
    """What the quoted answer to a question covers: the least that a written one must cover."""

    terms: Terms
    asked: frozenset[Asked]
    words: frozenset[str]
    figures: frozenset[tuple[str, str]]
    pairs: frozenset[str]

    @classmethod
    def of(cls, question: Question, terms: Terms, drafts: Sequence[Draft]) -> Floor:
        """The floor that the quoted drafts set."""
        direct = "\n".join(quote.text for quote in drafts[0].quotes) if drafts else ""
        everything = "\n".join(quote.text for draft in drafts for quote in draft.quotes)
        return cls(
            terms,
            frozenset(asked for asked in question.asked if answer_type.holds(asked, direct)),
            frozenset(terms.covered(direct)),
            frozenset(_figures(direct)) if question.asked else frozenset(),
            frozenset(pairs(everything)) if wants_many(question) else frozenset(),
        )

    def reached(self, drafts: Sequence[Draft]) -> bool:
        """Whether written drafts cover as much."""
        text = "\n".join(draft.text for draft in drafts)
        quoted = "\n".join(quote.text for draft in drafts for quote in draft.quotes)
        return (
            bool(drafts)
            and all(answer_type.holds(asked, text) for asked in self.asked)
            and self.words <= self.terms.covered(f"{text}\n{quoted}")
            and (not self.figures or bool(self.figures & set(_figures(text))))
            and share(set(self.pairs), pairs(text)) >= (LIST_SHARE if self.pairs else 0.0)
        )


def _figures(text: str) -> set[tuple[str, str]]:
    return {(figure.value, figure.unit) for figure in figures(text)}


# ------------------------------------------------------------------ from said to draft
_MARK = re.compile(r"\s*(?:\[\d+\]|【\d+】)")
_VERDICT = re.compile(
    r"^(?:不?可以|不?能|不?行|是的?|不是|不?对|没?有|不?需要|不?必须|否|可|会|不会)的?[，,。：:！!]\s*"
)


# A number that the model gives its sentence; 1.5 is none.
_NUMBERING = re.compile(r"^(?:\d{1,2}(?:[、)）]|[.．](?!\d))|[-*•·])\s*")
_JOINING = re.compile(
    r"^(?:同时|其中|另外|此外|因此|所以|具体来说|具体而言|也就是说|首先|其次|最后)[，,：:]\s*"
)


def plain(text: str) -> str:
    """A sentence on one line, without marks and numbering, words that join it on, and yes or no.

    Yes and no are said by the assistant itself, which reads them off the quote.
    """
    bare = _NUMBERING.sub("", _MARK.sub("", " ".join(text.split())).strip())
    return _JOINING.sub("", _VERDICT.sub("", bare))


class Composition:
    """Drafts from what a model says about one question; counts what is dropped, by reason."""

    def __init__(
        self,
        question: Question,
        terms: Terms,
        shown: Sequence[Clause],
        documents: Mapping[str, Document],
        check: Check,
        parts: int = 1,
    ) -> None:
        self._question, self._terms = question, terms
        self._shown, self._documents = shown, documents
        self._check = check
        self._limit = parts * compose.MAX_CLAIMS
        self.drafts: list[Draft] = []
        self.dropped: dict[str, int] = {}

    @property
    def full(self) -> bool:
        """Whether as many sentences stand as an answer may have."""
        return len(self.drafts) >= self._limit

    def drop(self, reason: str) -> None:
        """Count a sentence that does not stand."""
        self.dropped[reason] = self.dropped.get(reason, 0) + 1

    def draft(self, said: Said | None) -> Draft | None:
        """A draft of a sentence that its clauses prove; None where it is dropped."""
        if said is None:
            self.drop("malformed")
            return None
        text = plain(said.text)
        if not text:
            return None
        if any(not 1 <= number <= len(self._shown) for number in said.clauses):
            self.drop("no_such_clause")
            return None
        clauses = [self._shown[number - 1] for number in dict.fromkeys(said.clauses)]
        finding = self._check(text, clauses)
        if finding.fault:
            log.info("sentence dropped: %s", finding.fault)
            self.drop(finding.fault)
            return None
        if share(pairs(text), pairs("\n".join(d.text for d in self.drafts))) >= REPEATED:
            self.drop("repeated")
            return None
        return Draft(self._lead(finding.quotes) + compose.sentence(text), finding.quotes)

    def _lead(self, quotes: Sequence[compose.Quote]) -> str:
        """Yes or no before the first sentence, the source, and what to warn of."""
        words = "\n".join(quote.text for quote in quotes)
        lead = source = ""
        document = self._documents[quotes[0].clause.document_id]
        if not self.drafts or self.drafts[-1].quotes[0].clause.document_id != document.id:
            source = phrases.source(document, False)
        speaks = self._terms.coverage(words) >= compose.VERDICT_COVERAGE
        if not self.drafts and self._question.kind is QuestionKind.YES_NO and speaks:
            decided = verdict(self._question.text, self._question.figures, words)
            lead = phrases.say(phrases.VERDICT[decided], False) if decided else ""
        warnings = dict.fromkeys(
            compose.caution(quote.clause, self._documents[quote.clause.document_id], False)
            for quote in quotes
        )
        return lead + source + "".join(warnings)
