"""How much evidence to state: the best sentence, and each further one that adds what is asked.

A logistic model over a ranked sentence and those already chosen, trained by
`eval/train_assistant.py`; weights and operating points stand in
`assistant/weights/inclusion.json`. Stating too little misses a fact, stating too much buries it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant import answer_type
from assistant.evidence import Evidence, Terms, wants_many
from assistant.question import Question, QuestionKind, is_compound

FEATURES = (
    "bias",
    "gap",
    "gap_other_clause",
    "score",
    "same_clause",
    "same_document",
    "adjacent",
    "added_terms",
    "coverage",
    "lost_terms",
    "type_fit",
    "unit_match",
    "figure_asked",
    "figure_asked_held_before",
    "figure_gained",
    "many",
    "yes_no",
    "who",
    "compound",
    "compound_other_clause",
    "chosen",
    "chosen_from_clause",
    "clause_rank",
    "length",
    "english",
)
# No further sentence is weighed beyond this rank.
DEPTH = 14


def features(
    question: Question, terms: Terms, chosen: Sequence[Evidence], other: Evidence
) -> tuple[float, ...]:
    """Features of a further sentence in the order of `FEATURES`; `chosen` begins with the best."""
    best = chosen[0]
    gap = min(best.score - other.score, 8.0)
    same = any(e.clause.id == other.clause.id for e in chosen)
    covered: set[str] = set().union(*(terms.covered(e.text) for e in chosen))
    own = terms.covered(other.text)
    weight = sum(terms.words.values()) or 1.0
    added = sum(terms.words[word] for word in own - covered) / weight
    lost = sum(terms.words[word] for word in covered - own) / weight
    adjacent = any(
        e.clause.id == other.clause.id
        and (0 <= other.span.start - e.span.end <= 2 or 0 <= e.span.start - other.span.end <= 2)
        for e in chosen
    )
    asked = bool(question.asked)
    held = asked and any(answer_type.fit(question, e.text) >= 1.0 for e in chosen)
    fit = answer_type.fit(question, other.text)
    compound = is_compound(question)
    return (
        1.0,
        gap,
        0.0 if same else gap,
        other.score / 4,
        float(same),
        float(any(e.clause.document_id == other.clause.document_id for e in chosen)),
        float(adjacent),
        added,
        terms.coverage(other.text),
        lost,
        fit,
        answer_type.unit_match(question, other.text),
        float(asked),
        float(held),
        float(asked and not held and fit >= 1.0),
        float(wants_many(question)),
        float(question.kind is QuestionKind.YES_NO),
        float(question.kind is QuestionKind.WHO),
        float(compound),
        float(compound and not same),
        math.log(len(chosen)),
        float(sum(e.clause.id == other.clause.id for e in chosen)),
        1 / (1 + other.rank),
        math.log(len(other.text)) - 4,
        float(question.english),
    )


def probability(
    question: Question, terms: Terms, chosen: Sequence[Evidence], other: Evidence
) -> float:
    """The probability that a further sentence states something asked for and not yet stated."""
    values = features(question, terms, chosen, other)
    z = sum(w * x for w, x in zip(_model().weights, values, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


def threshold(question: Question) -> float:
    """The probability from which on a sentence is stated."""
    return _model().many if wants_many(question) else _model().one


@dataclass(frozen=True, slots=True)
class Model:
    """Weights in the order of `FEATURES`, and the operating points for one fact and for many."""

    weights: tuple[float, ...]
    one: float
    many: float


@cache
def _model() -> Model:
    file = Path(__file__).with_name("weights") / "inclusion.json"
    stored = json.loads(file.read_text("utf-8"))
    weights = tuple(stored["weights"].get(name, 0.0) for name in FEATURES)
    return Model(weights, stored["threshold_one"], stored["threshold_many"])
