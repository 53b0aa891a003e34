"""The reranker: the clauses found, ordered by what the question asks.

A linear model over features of (question, clause) pairs, trained by `eval/train_assistant.py`;
its weights are kept in `assistant/weights/rerank.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import mul
from pathlib import Path

from assistant import answer_type
from assistant.evidence import Terms
from assistant.question import Question
from assistant.translation import Translator
from corpus.document import Clause, Document, Kind, Rank
from index.passages import corrected
from index.retriever import Hit

FEATURES = (
    "fused",
    "dense_gap",
    "sentence_gap",
    "keyword_share",
    "word_coverage",
    "pair_coverage",
    "title_coverage",
    "focus_coverage",
    "gap",
    "type_fit",
    "unit_match",
    "figure_match",
    "sanction_match",
    "form_match",
    "named_document",
    "other_document",
    "local_cue",
    "plan",
    "national_cue",
    "statute_cue",
    "digest",
    "unverified",
    "audience",
    "length",
    "linked",
    "english_sentence_gap",
    "english_plan",
    "translation",
    "translation_gap",
)
DEPTH = 60
_LOCAL = re.compile(r"方案|我州|咱州|咱们州|州里|全州|本州|自治州|州内|the plan|prefecture", re.I)
_NATIONAL = re.compile(r"国家|全国|法律|依法|法规|条例|规定是|national|\blaws?\b", re.I)
_STATUTE = re.compile(r"法律|依法|哪条法|违法|法里|\blaws?\b", re.I)


@dataclass(frozen=True, slots=True)
class Described:
    """What is read of a clause whatever the question is.

    `text` is the clause's, `whole` with its names and headings, `heading` those alone.
    """

    text: str
    whole: str
    heading: str
    audience: frozenset[str]


@lru_cache(maxsize=4096)
def described(clause: Clause, document: Document) -> Described:
    """Put together once for a clause, not for every question that finds it."""
    text = corrected(clause.text, document)
    topics = " ".join(clause.topics)
    return Described(
        text,
        f"{document.name} {' '.join(clause.heading_path)} {topics} {text} ",
        f"{clause.title} {topics} {document.name}",
        frozenset(a.value for a in (clause.audience or document.audience)),
    )


@lru_cache(maxsize=256)
def _appeals(text: str) -> tuple[bool, bool, bool]:
    """Whether a question speaks of the prefecture, of the nation, of statutes."""
    local, national, statute = (p.search(text) for p in (_LOCAL, _NATIONAL, _STATUTE))
    return bool(local), bool(national), bool(statute)


def features(
    question: Question,
    terms: Terms,
    hit: Hit,
    best: Mapping[str, float],
    clause: Clause,
    document: Document,
    linked: bool,
    translated: float,
    duty: str = "",
) -> tuple[float, ...]:
    """Features of one clause in the order of `FEATURES`.

    `linked` tells whether the plan rests on the clause, `duty` is what it punishes, where that is
    asked for; `translated` how well the clause explains the question (`assistant.translation`).
    `best` holds the highest `dense`, `sentence`, `keyword` and `translation` score of the hits.
    """
    own = described(clause, document)
    text, heading = own.text, own.heading
    whole = own.whole + duty
    local, national, statute = _appeals(question.text)
    sentence = max(hit.sentence_score or 0.0, hit.dense_score or 0.0)
    dense_gap = (hit.dense_score or best["dense_floor"]) - best["dense"]
    sentence_gap = (sentence or best["dense_floor"]) - best["sentence"]
    is_plan = document.kind is Kind.PLAN
    named = bool(question.documents)
    return (
        hit.score / 3,
        dense_gap * 20,
        sentence_gap * 20,
        (hit.keyword_score or 0.0) / best["keyword"] if best["keyword"] else 0.0,
        terms.coverage(whole),
        terms.pair_coverage(whole),
        terms.coverage(heading),
        terms.focus_coverage(text),
        terms.gap(whole),
        answer_type.fit(question, text),
        answer_type.unit_match(question, text),
        answer_type.figure_match(question, text),
        answer_type.sanction_match(question, text),
        answer_type.form_match(question, text),
        float(named and document.id in question.documents),
        float(named and document.id not in question.documents),
        float(is_plan and local),
        float(is_plan),
        float(not is_plan and national),
        float(document.rank is Rank.LAW and statute),
        float(not document.verbatim),
        float(not clause.verified),
        float(bool(question.audience) and question.audience in own.audience),
        min(len(text), 800) / 400,
        float(linked),
        sentence_gap * 20 if question.english else 0.0,
        float(question.english and is_plan),
        translated,
        translated - best["translation"],
    )


def translations(terms: Terms, hits: Sequence[Hit], translator: Translator) -> list[float]:
    """How well each hit's clause explains the question."""
    return translator.reader(terms.asked).clauses([hit.clause_id for hit in hits])


def best_scores(hits: Sequence[Hit], translated: Sequence[float]) -> dict[str, float]:
    """The highest score of each branch among the hits."""
    dense = [hit.dense_score for hit in hits if hit.dense_score]
    sentence = [max(hit.sentence_score or 0.0, hit.dense_score or 0.0) for hit in hits]
    return {
        "dense": max(dense, default=0.0),
        "dense_floor": min(dense, default=0.8),
        "sentence": max(sentence, default=0.0),
        "translation": max(translated, default=0.0),
        "keyword": max((hit.keyword_score or 0.0 for hit in hits), default=0.0),
    }


def rerank(
    question: Question,
    terms: Terms,
    hits: Sequence[Hit],
    clauses: Mapping[str, Clause],
    documents: Mapping[str, Document],
    linked: frozenset[str],
    duties: Mapping[str, str],
    translator: Translator,
) -> list[Hit]:
    """The hits by model score, best first: its difference is the log-odds of the better clause.

    `linked` are the clauses that the plan rests on, `duties` what clauses on liability punish.
    """
    duties = duties if answer_type.asks_sanction(question) else {}
    translated = translations(terms, hits, translator)
    best, weights = best_scores(hits, translated), _weights()
    scored = []
    for hit, likelihood in zip(hits, translated, strict=True):
        clause = clauses[hit.clause_id]
        document = documents[clause.document_id]
        duty = duties.get(clause.id, "")
        is_linked = clause.id in linked
        row = features(question, terms, hit, best, clause, document, is_linked, likelihood, duty)
        scored.append(hit.scored(sum(map(mul, weights, row))))
    return sorted(scored, key=lambda hit: -hit.score)


@cache
def _weights() -> tuple[float, ...]:
    stored = json.loads(Path(__file__).with_name("weights").joinpath("rerank.json").read_text())
    return tuple(stored["weights"].get(name, 0.0) for name in FEATURES)
