"""Driving the assistant over a data set, one question at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.answer import Turn
from corpus.library import Library
from corpus.settings import Settings
from eval.dataset import Dialogue, Row
from eval.judge import Judge
from eval.score import (
    ClauseText,
    Fault,
    Scored,
    quotes_of,
    retrieval_scores,
    score,
    statements,
)

if TYPE_CHECKING:
    from assistant.pipeline import Assistant

logger = logging.getLogger(__name__)
Tick = Callable[[int, int], None]


def _silent(done: int, total: int) -> None:
    pass


def open_assistant(settings: Settings) -> Assistant:
    """Bring the index up to date, open it and load everything that is made on first use."""
    from assistant.pipeline import Assistant
    from index.build import refresh

    refresh(settings)
    assistant = Assistant.open(settings)
    assistant.warm_up()
    return assistant


def refreshed(assistant: Assistant) -> Assistant:
    """The same assistant with no question's vector remembered, so that latencies are honest."""
    from index.embedding import Embedder

    embedder = Embedder(assistant.settings)
    again = replace(assistant, index=replace(assistant.index, embedder=embedder))
    again.warm_up()
    return again


def clause_text(library: Library) -> ClauseText:
    """The corpus' own text of a clause, None where there is no such clause."""
    return lambda name: clause.text if (clause := library.clauses.get(name)) else None


def unknown_gold(rows: Iterable[Row], library: Library) -> dict[str, list[str]]:
    """Gold groups none of whose clauses the corpus holds, by row id: the row cannot be won."""
    lost: dict[str, list[str]] = {}
    for row in rows:
        for group in row.relevant:
            if not any(name in library.clauses for name in group):
                lost.setdefault(row.id, []).append("|".join(group))
    return lost


def _blank(row: Row, dataset: str, task: str, latency_ms: float) -> Scored:
    return Scored(
        id=row.id,
        dataset=dataset,
        task=task,
        question=row.question,
        audience=row.audience,
        kind=row.kind,
        styles=tuple(row.styles),
        dialogue=bool(row.history),
        paraphrase_of=row.paraphrase_of,
        expected=tuple(status.value for status in row.statuses),
        gold=tuple(tuple(group) for group in row.relevant),
        ranked=(),
        latency_ms=latency_ms,
    )


def retrieve(
    assistant: Assistant, rows: Sequence[Row], dataset: str, tick: Tick = _silent
) -> list[Scored]:
    """The retriever alone on every standalone question that has gold."""
    rows = [row for row in rows if row.relevant and not row.history]
    out = []
    for done, row in enumerate(rows, 1):
        started = time.perf_counter()
        found = assistant.retriever.search(row.question)
        elapsed = (time.perf_counter() - started) * 1000
        ranked = tuple(hit.clause_id for hit in (*found.accepted, *found.rejected))[:100]
        scores = retrieval_scores(ranked, row)
        faults = () if scores["recall@5"] == 1 else (Fault("gold_not_retrieved"),)
        blank = _blank(row, dataset, "retrieval", elapsed)
        out.append(replace(blank, ranked=ranked, scores=scores, faults=faults))
        tick(done, len(rows))
    return out


def answer_one(
    assistant: Assistant, row: Row, dataset: str, text: ClauseText, judge: Judge | None = None
) -> Scored:
    """Ask one question and judge the answer; an exception is a fault, not the run's end."""
    started = time.perf_counter()
    try:
        answer = assistant.ask(row.question, row.audience, row.history, id=row.id)
    except Exception as error:
        logger.exception("question %s failed", row.id)
        elapsed = (time.perf_counter() - started) * 1000
        fault = Fault("error", f"{type(error).__name__}: {error}")
        nothing: dict[str, float | None] = {"status": 0.0}
        nothing |= dict.fromkeys(retrieval_scores((), row), 0.0)
        if row.facts:
            nothing["fact_recall"] = 0.0
        blank = _blank(row, dataset, "answers", elapsed)
        return replace(blank, faults=(fault,), scores=nothing)
    elapsed = (time.perf_counter() - started) * 1000
    scored = score(row, dataset, answer, text, elapsed)
    if judge is None or answer.status.is_refusal:
        return scored
    support = judge.support(statements(answer, quotes_of(answer, text)))
    return replace(scored, scores={**scored.scores, "judged_support": support})


def answer(
    assistant: Assistant,
    rows: Sequence[Row],
    dataset: str,
    tick: Tick = _silent,
    judge: Judge | None = None,
) -> list[Scored]:
    """Every question through the whole pipeline."""
    text = clause_text(assistant.retriever.index.library)
    out = []
    for done, row in enumerate(rows, 1):
        out.append(answer_one(assistant, row, dataset, text, judge))
        tick(done, len(rows))
    return out


def converse(
    assistant: Assistant, dialogues: Sequence[Dialogue], dataset: str, tick: Tick = _silent
) -> list[Scored]:
    """Every dialogue turn by turn, each with what was really answered before it."""
    text = clause_text(assistant.retriever.index.library)
    out = []
    for done, dialogue in enumerate(dialogues, 1):
        history: list[Turn] = []
        for at, turn in enumerate(dialogue.turns):
            scored = answer_one(assistant, dialogue.row(at, history), dataset, text)
            out.append(replace(scored, task="dialogue"))
            history.append(Turn(turn.question, scored.answer))
        tick(done, len(dialogues))
    return out
