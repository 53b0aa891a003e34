"""Metrics, each a pure function whose source is named.

Relevance is a conjunction of alternatives: `gold` is a sequence of groups, a question is
fully served when every group has a member among the results. A question without gold has
no retrieval score and must be left out by the caller.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log2
from typing import TypeVar

import numpy as np
from scipy.stats import bootstrap
from sklearn.metrics import average_precision_score, precision_recall_curve

from eval.figures import Figure, figures, numbering, unsupported
from eval.text import bigrams, marks, mentions, sentences, squeeze, strip_marks

Item = TypeVar("Item", bound=Hashable)
Groups = Sequence[Sequence[Item]]


def _need_gold(gold: Groups[Item]) -> None:
    if not gold or not all(gold):
        raise ValueError("gold must hold at least one group and no empty group")


def recall_at_k(ranked: Sequence[Item], gold: Groups[Item], k: int) -> float:
    """Share of gold groups with a member among the first k (Manning et al. 2008, ch. 8).

    Raises ValueError where there is no gold.
    """
    _need_gold(gold)
    top = set(ranked[:k])
    return sum(not top.isdisjoint(group) for group in gold) / len(gold)


def reciprocal_rank(ranked: Sequence[Item], gold: Groups[Item], k: int = 10) -> float:
    """1 / rank of the first relevant result within k, else 0 (Voorhees 1999, TREC-8 QA).

    Raises ValueError where there is no gold.
    """
    _need_gold(gold)
    relevant = {item for group in gold for item in group}
    return next((1 / rank for rank, item in enumerate(ranked[:k], 1) if item in relevant), 0.0)


def ndcg_at_k(ranked: Sequence[Item], gold: Groups[Item], k: int = 10) -> float:
    """Normalised discounted cumulative gain (Jarvelin and Kekalainen 2002), log2 discount.

    The first member of each group gains 1, further members of the same group nothing, so
    that the ideal ranking is one result for each group.
    Raises ValueError where there is no gold.
    """
    _need_gold(gold)
    unserved = [set(group) for group in gold]
    gain = 0.0
    for rank, item in enumerate(ranked[:k], 1):
        hit = next((group for group in unserved if item in group), None)
        if hit is not None:
            unserved.remove(hit)
            gain += 1 / log2(rank + 1)
    return gain / sum(1 / log2(rank + 1) for rank in range(1, min(len(gold), k) + 1))


def fact_recall(answer: str, facts: Sequence[Sequence[str]]) -> float:
    """Share of required facts that the answer states in any of their spellings.

    Nugget recall (Voorhees 2003, TREC QA; all nuggets vital), matched by
    `eval.text.mentions`. Raises ValueError where there are no facts.
    """
    if not facts:
        raise ValueError("no facts to look for")
    return 1 - len(missing_facts(answer, facts)) / len(facts)


def missing_facts(answer: str, facts: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The first spelling of every fact that the answer does not state."""
    plain = strip_marks(answer)
    return tuple(fact[0] for fact in facts if not any(mentions(plain, way) for way in fact))


def forbidden_said(answer: str, forbidden: Sequence[str]) -> tuple[str, ...]:
    """The strings that the answer must not contain and does."""
    plain = strip_marks(answer)
    return tuple(phrase for phrase in forbidden if mentions(plain, phrase))


@dataclass(frozen=True, slots=True)
class Quote:
    """A citation as it is judged: what it quotes, from where, and the clause's real text.

    `source` is the clause's text as the corpus holds it (None where there is no such
    clause); `name` is what identifies the source: document, number and label.
    """

    text: str
    start: int
    end: int
    source: str | None
    name: str = ""
    clause_id: str = ""

    @property
    def verbatim(self) -> bool:
        """The quote is not empty and stands at its offsets, word for word."""
        if not self.text or self.source is None or not 0 <= self.start < self.end:
            return False
        return self.source[self.start : self.end] == self.text


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim and the quotes that it cites."""

    text: str
    quotes: tuple[Quote, ...]


_DENIAL = ("不是", "并非", "而非", "不为", "不到")


def _denied(statement: str, question: str) -> set[Figure]:
    """Figures of the question that the statement denies (方案写的是5家，不是20家)."""
    asked = figures(question)
    parts = [statement.split(word, 1)[1][:12] for word in _DENIAL if word in statement]
    return {
        figure
        for part in parts
        for figure in figures(part)[:1]
        if any(figure.agrees(other) for other in asked)
    }


def unsupported_figures(
    statement: Statement, question: str = "", *, strict: bool = False
) -> tuple[Figure, ...]:
    """The figures of a claim that none of its quotes contains.

    Unless `strict`, four kinds need no such figure: a reference to the cited source itself
    (第二十七条, 财税〔2018〕51号), which the citation's name must contain; a figure of the
    question that the claim denies; a count that a quoted list mark bears (共三项, (三)); a count
    of as many quotes.
    """
    missing = unsupported(
        figures(strip_marks(statement.text)),
        (figure for quote in statement.quotes for figure in figures(quote.text)),
    )
    if strict or not missing:
        return missing
    named = [figure for quote in statement.quotes for figure in figures(quote.name)]
    counted = [figure for quote in statement.quotes for figure in numbering(quote.text)]
    denied = _denied(statement.text, question)
    quotes = len(statement.quotes)
    return tuple(
        figure
        for figure in missing
        if figure not in denied
        and not (quotes > 1 and figure.value == str(quotes))
        and not any(figure.agrees(other) for other in counted)
        and not any(
            figure.value == other.value and (figure.is_reference or figure.agrees(other))
            for other in named
        )
    )


def is_supported(statement: Statement, question: str = "", *, strict: bool = False) -> bool:
    """Whether the quotes prove the claim: all verbatim, all figures in them, at least one quote.

    Stands in for the entailment model of ALCE (Gao et al. 2023, arXiv:2305.14627): a quote
    that is word for word cannot be misread, and a figure is what must not be wrong.
    """
    return (
        bool(statement.quotes)
        and all(quote.verbatim for quote in statement.quotes)
        and not unsupported_figures(statement, question, strict=strict)
    )


def citation_precision(
    statements: Sequence[Statement], question: str = "", *, strict: bool = False
) -> float | None:
    """Share of citations that are right (ALCE's citation precision, see `is_supported`).

    A citation is right when its quote is verbatim and the claim it stands at is supported.
    None where nothing is cited.
    """
    judged = [
        quote.verbatim and is_supported(statement, question, strict=strict)
        for statement in statements
        for quote in statement.quotes
    ]
    return sum(judged) / len(judged) if judged else None


def is_frame(sentence: str) -> bool:
    """A heading or lead-in (`条件：`), which states nothing by itself."""
    bare = strip_marks(sentence).strip().strip("*#-•· ")
    return bare.endswith(("：", ":")) or len(squeeze(bare)) < 2


def uncited_sentences(
    answer: str,
    statements: Sequence[Statement],
    quotes: Mapping[int, Quote] | None = None,
    question: str = "",
) -> tuple[str, ...]:
    """Sentences of the answer that no supported claim holds and that their own marks do not prove.

    `quotes` are the citations by number, for sentences with marks that are no claims.
    """
    good = [item for item in statements if is_supported(item, question)]
    carried = squeeze("\n".join(strip_marks(item.text) for item in good))
    words = [word for item in good if (word := squeeze(strip_marks(item.text)))]
    out = []
    for sentence in sentences(answer):
        bare = squeeze(strip_marks(sentence))
        if is_frame(sentence) or bare in carried or any(word in bare for word in words):
            continue
        named = tuple((quotes or {})[n] for n in marks(sentence) if n in (quotes or {}))
        if not is_supported(Statement(sentence, named), question):
            out.append(sentence)
    return tuple(out)


def citation_recall(
    answer: str,
    statements: Sequence[Statement],
    quotes: Mapping[int, Quote] | None = None,
    question: str = "",
) -> float | None:
    """Share of the answer's sentences with a citation that supports them (ALCE).

    None where the answer has no sentence that states anything.
    """
    stating = [sentence for sentence in sentences(answer) if not is_frame(sentence)]
    if not stating:
        return None
    lacking = uncited_sentences(answer, statements, quotes, question)
    return 1 - len(lacking) / len(stating)


def bad_marks(answer: str, numbers: Sequence[int]) -> tuple[int, ...]:
    """Marks in the answer that name no citation."""
    return tuple(n for n in marks(answer) if n not in set(numbers))


def coverage(statement: Statement) -> float:
    """Share of the claim's character bigrams that its quotes and their names contain.

    ROUGE-2 precision of the claim against its sources (Lin 2004): a reading of faithfulness
    that falls where a claim cites a clause about something else.
    """
    said = bigrams(strip_marks(statement.text))
    known = bigrams("".join(f"{quote.text}\n{quote.name}" for quote in statement.quotes))
    return len(said & known) / len(said) if said else 1.0


def gold_citation_recall(cited: Sequence[Item], gold: Groups[Item]) -> float:
    """Share of gold groups with a cited clause. Raises ValueError where there is no gold."""
    return recall_at_k(cited, gold, len(cited))


def gold_citation_precision(cited: Sequence[Item], gold: Groups[Item]) -> float | None:
    """Share of cited clauses that are gold; None where nothing is cited."""
    _need_gold(gold)
    relevant = {item for group in gold for item in group}
    return sum(item in relevant for item in cited) / len(cited) if cited else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Precision and recall of refusing; None where nothing was, or should be, refused."""

    precision: float | None
    recall: float | None


def refusal(should: Sequence[bool], did: Sequence[bool]) -> Refusal:
    """Refusal as a decision (RGB's negative rejection, Chen et al. 2024, arXiv:2309.01431)."""
    right = sum(a and b for a, b in zip(should, did, strict=True))
    return Refusal(
        precision=right / sum(did) if any(did) else None,
        recall=right / sum(should) if any(should) else None,
    )


@dataclass(frozen=True, slots=True)
class Curve:
    """Refusal precision and recall at every threshold of the confidence."""

    precision: tuple[float, ...]
    recall: tuple[float, ...]
    threshold: tuple[float, ...]
    average_precision: float


def refusal_curve(should: Sequence[bool], confidence: Sequence[float]) -> Curve | None:
    """Refusing whatever has a confidence of at most t, for every t (scikit-learn).

    None where only one of the two kinds of question is there.
    """
    if len(should) != len(confidence):
        raise ValueError("one confidence for each question")
    if all(should) or not any(should):
        return None
    doubt = -np.asarray(confidence, dtype=float)
    precision, recall, threshold = precision_recall_curve(should, doubt)
    return Curve(
        tuple(map(float, precision)),
        tuple(map(float, recall)),
        tuple(float(-value) for value in threshold),
        float(average_precision_score(should, doubt)),
    )


def consistency(groups: Mapping[str, Sequence[Hashable]]) -> float | None:
    """Share of pairs of paraphrases with the same outcome (Elazar et al. 2021, ParaRel).

    `groups` maps a question to the outcomes of all its wordings. None where there is no pair.
    """
    same = [a == b for group in groups.values() for a, b in combinations(group, 2)]
    return sum(same) / len(same) if same else None


def percentile(values: Sequence[float], q: float) -> float | None:
    """The q-th percentile (0-100), linear interpolation; None of no values."""
    return float(np.percentile(values, q)) if len(values) else None


def mean(values: Sequence[float | None]) -> float | None:
    """Mean of what is there; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of b - a over the same questions with its confidence interval."""

    mean: float
    low: float
    high: float

    @property
    def significant(self) -> bool:
        """The interval leaves zero out."""
        return self.low > 0 or self.high < 0


def paired_bootstrap(
    a: Sequence[float],
    b: Sequence[float],
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 13,
) -> Difference:
    """Percentile bootstrap of the paired difference (Efron 1979; Koehn 2004 for systems).

    Raises ValueError where the runs differ in length or are empty.
    """
    if len(a) != len(b) or not a:
        raise ValueError("paired values are needed")
    change = np.asarray(b, dtype=float) - np.asarray(a, dtype=float)
    if np.ptp(change) == 0:
        return Difference(float(change[0]), float(change[0]), float(change[0]))
    result = bootstrap(
        (change,),
        np.mean,
        confidence_level=confidence,
        n_resamples=resamples,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    interval = result.confidence_interval
    return Difference(float(change.mean()), float(interval.low), float(interval.high))
