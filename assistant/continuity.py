"""Which reading of a follow-up is meant: a learned choice between their answers.

A logistic model, fitted by `eval/train_continuity.py` on dialogues, gives for each reading the
probability that its answer is the one wanted; where all are low, the follow-up is refused. Its
weights stand in `assistant/weights/continuity.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import answer_type, conversation
from assistant.conversation import Kind, Past, Reading
from assistant.evidence import Terms
from assistant.rerank import DEPTH
from corpus.document import Clause
from index.retriever import Hit

if TYPE_CHECKING:
    from assistant.pipeline import Assistant, Context

# How surely a clause that a reading names by its number is the one meant.
_LOOKED_UP = 0.9
# Of the clauses read, so many may be of the documents quoted before though found further down.
_OF_DOCUMENT = 12


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of the model, the thresholds of refusal, and what a topic word counts.

    `directed_threshold` is for the probability that the evidence answers a question which points
    at the last answer and so has one reading, `elsewhere_threshold` where it asks another source
    the same.
    """

    choice: dict[str, float]
    threshold: float
    directed_threshold: float
    elsewhere_threshold: float
    topic: float


@cache
def model() -> Model:
    """The trained model, from the weights file."""
    file = Path(__file__).with_name("weights") / "continuity.json"
    return Model(**json.loads(file.read_text("utf-8")))


def weighed(terms: Terms, own: str) -> Terms:
    """Terms in which the words that come from the conversation count less than the asker's."""
    share = model().topic
    lowered = own.lower()
    words = {w: v if w in lowered else v * share for w, v in terms.words.items()}
    pairs = {p: v if p[1:] in lowered else v * share for p, v in terms.pairs.items()}
    return replace(terms, words=words, pairs=pairs)


def wanted(reading: Reading, clauses: Mapping[str, Clause]) -> list[str]:
    """The clauses that a reading may be answered by, whether or not a search finds them."""
    if reading.clauses is not None:
        return sorted(reading.clauses)
    quoted = reading.last.clauses
    return [name for name in quoted if _may_answer(reading, clauses[name])]


def within(reading: Reading, hits: Sequence[Hit], clauses: Mapping[str, Clause]) -> tuple[Hit, ...]:
    """The hits that may answer; what was quoted before and its documents are among the first.

    `hits` are those of a search, and after them the `wanted` ones that it did not find.
    """
    hits = [hit for hit in hits if _may_answer(reading, clauses[hit.clause_id])]
    documents = {clauses[name].document_id for name in reading.last.clauses}
    first, rest = hits[: DEPTH - _OF_DOCUMENT], hits[DEPTH - _OF_DOCUMENT :]
    quoted = [hit for hit in rest if hit.clause_id in reading.last.clauses]
    same = [hit for hit in rest if clauses[hit.clause_id].document_id in documents]
    return (*first, *quoted, *(hit for hit in same if hit not in quoted))


def _may_answer(reading: Reading, clause: Clause) -> bool:
    if reading.clauses is not None:
        return clause.id in reading.clauses
    return reading.documents is None or clause.document_id in reading.documents


KINDS = tuple(Kind)
_OF_KIND = ("elliptic", "pronoun", "subject", "few_words", "named", "document")
CHOICE_FEATURES: tuple[str, ...] = (
    "bias",
    "log_odds",
    "own_log_odds",
    "own_type_missing",
    "own_focus_missing",
    "own_fit",
    "own_literal",
    "own_names_missing",
    "own_similarity",
    "own_similarity_gap",
    "asked_similarity",
    "asked_similarity_gap",
    "recast",
    "other_log_odds",
    "best_log_odds",
    "least_doubt",
    "first_quoted_before",
    "first_document_before",
    "same_clause",
    "own_coverage",
    "own_clause_coverage",
    "own_missing",
    "said_before",
    "first_said",
    "first_said_corrected",
    *KINDS[1:],
    *(f"{kind}_{name}" for kind in KINDS for name in _OF_KIND),
)
# What counts differently with the reading, and with how little the follow-up says of its own.
_WEIGHED = (
    "log_odds",
    "own_log_odds",
    "other_log_odds",
    "own_coverage",
    "own_names_missing",
    "own_similarity_gap",
    "first_quoted_before",
)
_BY = ("few_words", "subject", "alone", "topical", "within", "near")
CHOICE_FEATURES += tuple(f"{name}_{by}" for name in _WEIGHED for by in _BY)
_FEW_WORDS = 5


def features(
    assistant: Assistant, text: str, past: Sequence[Past], contexts: Sequence[Context]
) -> list[dict[str, float]]:
    """The features of each reading, once it was taken to an answer; the first is by itself."""
    content_words = assistant.index.tokenizer.content_words
    bare = conversation.opened(text)
    asked = {
        "elliptic": float(conversation.is_elliptic(bare, content_words)),
        "pronoun": float(conversation.has_pronoun(bare)),
        "subject": float(conversation.subject_of(bare) is not None),
        "few_words": max(0.0, 1 - len(content_words(bare)) / _FEW_WORDS),
        "corrects": float(conversation.corrects(bare)),
        "named": float(bool(contexts[0].question and contexts[0].question.documents)),
    }
    return [_features(assistant, past, contexts, at, asked) for at in range(len(contexts))]


def _features(
    assistant: Assistant,
    past: Sequence[Past],
    contexts: Sequence[Context],
    at: int,
    asked: Mapping[str, float],
) -> dict[str, float]:
    context, alone, library = contexts[at], contexts[0], assistant.library
    others = [other for other in contexts if other is not context and other.claims]
    cited = list(dict.fromkeys(c.clause_id for c in context.citations))
    elsewhere = {other.citations[0].clause_id for other in others}
    before = [name for turn in past for name in turn.clauses]
    documents = {library.clauses[name].document_id for name in before}
    stated = "\n".join(line for turn in past for line in turn.statements)
    quotes = [c.quote for c in context.citations]
    first = library.clauses[cited[0]] if cited else None
    whole = ""
    if first:
        document = library.document_of(first)
        whole = f"{document.name} {' '.join(first.heading_path)} {first.text}"
    repeated = [q for q in quotes if q.rstrip("。；;，,") in stated]
    own = assistant.judged(context, alone) if context.claims and context.ranked else None
    terms = alone.terms
    similar = assistant.retriever.sentence_similarities(alone.text, [first] if first else [])
    top = max(alone.background, default=0.85)
    near = max(similar.values(), default=top)
    asking = next((c for c in contexts if c is not alone), alone)
    recast = context.reading is not None and context.reading.asked == context.text
    known = assistant.retriever.sentence_similarities(asking.meant, [first] if first else [])
    asked_top = max(asking.background, default=0.85)
    asked_near = max(known.values(), default=asked_top)
    best = max(log_odds(chance(other)) for other in contexts)
    values = {
        "bias": 1.0,
        "log_odds": log_odds(chance(context)),
        "own_log_odds": log_odds(own.probability if own else chance(context)),
        "own_type_missing": own.features["type_missing"] if own else 0.0,
        "own_focus_missing": own.features["focus_missing"] if own else 0.0,
        "own_fit": answer_type.fit(alone.asked, "\n".join(quotes)) if alone.question else 0.0,
        "own_literal": _literal(terms, "\n".join(quotes)),
        "own_names_missing": 1 - _literal(terms, whole + stated),
        "own_similarity": (near - 0.85) * 20,
        "own_similarity_gap": (near - top) * 20 if alone.background else 0.0,
        "asked_similarity": (asked_near - 0.85) * 20,
        "asked_similarity_gap": (asked_near - asked_top) * 20 if asking.background else 0.0,
        "recast": float(recast),
        "other_log_odds": max((log_odds(chance(o)) for o in others), default=-5.0),
        "best_log_odds": best,
        # Where no reading has evidence to speak of, little else counts.
        "least_doubt": min(0.0, best + 1.0),
        "first_quoted_before": float(bool(first and first.id in before)),
        "first_document_before": float(bool(first and first.document_id in documents)),
        "same_clause": float(bool(first and first.id in elsewhere)),
        "own_coverage": terms.coverage(" ".join(quotes)) if terms else 0.0,
        "own_clause_coverage": terms.coverage(whole) if terms else 0.0,
        "own_missing": terms.gap(whole) if terms else 0.0,
        "said_before": len(repeated) / len(quotes) if quotes else 0.0,
        "first_said": float(quotes[:1] == repeated[:1] and bool(quotes)),
        "first_said_corrected": asked["corrects"] * (quotes[:1] == repeated[:1]),
    }
    kind = context.reading.kind if context.reading else Kind.ALONE
    values[kind] = 1.0
    values |= {f"{kind}_{name}": asked[name] for name in asked}
    values[f"{kind}_document"] = values["first_document_before"]
    by = {**asked, kind: 1.0}
    products = {f"{n}_{b}": values[n] * by.get(b, 0.0) for n in _WEIGHED for b in _BY}
    return values | products


def _literal(terms: Terms | None, text: str) -> float:
    """Share of the words' weight that stands in the text as it is, 0-1; 1 without words."""
    total = sum(terms.words.values()) if terms else 0.0
    if terms is None or not total:
        return 1.0
    return sum(w for word, w in terms.words.items() if word in text) / total


def chance(context: Context) -> float:
    """The probability that the evidence answers the question as it was read; 0 without any."""
    if not context.claims:
        return 0.0
    judged = [own.judgement for own in (context.parts or [context]) if own.judgement]
    return max((j.probability for j in judged), default=_LOOKED_UP)


def log_odds(probability: float) -> float:
    """Log-odds of a probability, kept within +-5."""
    return max(-5.0, min(5.0, math.log(max(probability, 1e-9) / max(1 - probability, 1e-9))))


def probability(values: Mapping[str, float]) -> float:
    """That an answer with these features is the one wanted."""
    z = sum(model().choice.get(name, 0.0) * value for name, value in values.items())
    return 1 / (1 + math.exp(-z))
