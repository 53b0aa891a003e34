"""Composition without a language model: the sentences that answer, the direct answer first.

Every claim is a quote, word for word, behind a lead that states no fact of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant import answer_type, counting, inclusion, phrases
from assistant.evidence import Evidence, Terms, wants_many
from assistant.extract import LONG, shortest_window, trim
from assistant.figures import FigureKind, figures
from assistant.polarity import verdict
from assistant.question import TYPE_WORDS, Asked, Question, QuestionKind, is_compound
from corpus.document import Clause, Document, Span, Validity
from corpus.links import Links
from corpus.numerals import to_chinese
from index.passages import body_sentences

# A sentence of at most this many characters is quoted whole.
SHORT = 60
# A sentence without a figure in question is cut only beyond this many characters.
LONG_PLAIN = 140
# A sentence that lists what is asked for is quoted whole up to so many characters.
LONG_LISTED = 360
# A list is quoted whole up to this many characters.
LONGEST_LIST = 600
MAX_CLAIMS = 5
# Scores are log-odds: evidence so far below the best gives way to what has more standing.
NEAR_WITHHELD = 1.2
NEAR_VERIFIED = 3.0
NEAR_NAMED = 4.0
NEAR_OFFICIAL = 0.7
# A question of several parts is answered from so many clauses, down to so far below the best.
CLAUSES_COMPOUND = 3
NEAR_COMPOUND = 5.0
# A verdict (可以, 不可以) needs a quote that speaks of what is asked.
VERDICT_COVERAGE = 0.6
SUFFICIENT_COVERAGE = 0.999


# 哪几条链 asks which, not how many.
_WHICH = re.compile(r"哪[几些]")
# What listed things can be counted in; members of a list are no persons or days.
_THINGS = frozenset("个 项 条 种 类 家 所 门 件 点 部 大".split())
_ITEM = re.compile(r"\s*(?:[（(][一二三四五六七八九十\d]+[）)]|\d+[.．、])")


@dataclass(frozen=True, slots=True)
class Quote:
    """A stretch of a clause that a claim rests on."""

    clause: Clause
    span: Span

    @property
    def text(self) -> str:
        """The words, as printed."""
        return self.span.of(self.clause.text)


@dataclass(frozen=True, slots=True)
class Draft:
    """A claim before it is verified: what it says and the quotes that it rests on."""

    text: str
    quotes: tuple[Quote, ...]


def _asks_figure(question: Question) -> bool:
    return bool(question.asked) or question.kind is QuestionKind.FIGURE or bool(question.figures)


def _window(question: Question, terms: Terms, evidence: Evidence) -> Span:
    """The part of the sentence to quote."""
    text, span = evidence.clause.text, evidence.span
    if evidence.text.rstrip().endswith(("：", ":")):
        return trim(text, whole_list(evidence.clause, span))
    if span.end - span.start <= SHORT:
        return trim(text, span)
    limit = LONG_LISTED if question.kind is QuestionKind.LIST else 2 * LONG
    if wants_many(question) and not question.asked and span.end - span.start <= limit:
        return trim(text, span)
    if not _asks_figure(question) and span.end - span.start <= LONG_PLAIN:
        return trim(text, span)
    held = [asked for asked in question.asked if answer_type.holds(asked, evidence.text)]
    units = answer_type.unit_match(question, evidence.text)

    def fits(words: str) -> bool:
        if any(not answer_type.holds(asked, words) for asked in held):
            return False
        return not units or bool(answer_type.unit_match(question, words))

    def covered(words: str) -> set[str]:
        return terms.covered(words) - TYPE_WORDS

    return shortest_window(text, span, covered, fits, grow=not _asks_figure(question))


def heading_span(clause: Clause) -> Span:
    """Where the clause's own heading (or its label) is printed."""
    own = clause.heading_path[-1] if clause.title and clause.heading_path else clause.label
    start = max(clause.text.find(own), 0)
    return Span(start, start + len(own))


def whole_list(clause: Clause, stem: Span) -> Span:
    """The stem of a list (应当符合下列条件：) with its items, as far as they follow it."""
    end = stem.end
    for _, span in body_sentences(clause):
        if span.start < stem.end:
            continue
        if not _ITEM.match(span.of(clause.text)) or span.end - stem.start > LONGEST_LIST:
            break
        end = span.end
    return Span(stem.start, end)


def ordered(
    question: Question, ranked: Sequence[Evidence], documents: Mapping[str, Document]
) -> list[Evidence]:
    """The evidence, best first, with what has more standing before what scores alike."""
    return _verified_first(_named_first(question, _official_first(ranked, documents)))


def stem_of(clause: Clause, item: Span) -> Span | None:
    """The stem that an item of a list completes (有下列情形之一的，……：); None where it is none."""
    if not _ITEM.match(item.of(clause.text)):
        return None
    before = [s for _, s in body_sentences(clause) if s.end <= item.start]
    for span in reversed(before):
        words = span.of(clause.text)
        if words.rstrip().endswith(("：", ":")):
            return trim(clause.text, span)
        if not _ITEM.match(words):
            return None
    return None


def select(
    question: Question,
    terms: Terms,
    ranked: Sequence[Evidence],
    documents: Mapping[str, Document],
) -> list[Evidence]:
    """The evidence to state, best first and then in the order of the text."""
    if not ranked:
        return []
    ranked = ordered(question, ranked, documents)
    chosen = [ranked[0]]
    enough = inclusion.threshold(question)
    for other in ranked[1 : inclusion.DEPTH]:
        if len(chosen) >= MAX_CLAIMS:
            break
        if inclusion.probability(question, terms, chosen, other) >= enough:
            chosen.append(other)
    if is_compound(question):
        chosen += _each_clause(ranked, chosen)
    chosen = _withheld_first(question, chosen, ranked)
    best, rest = chosen[0], chosen[1:]
    order = {clause_id: n for n, clause_id in enumerate(dict.fromkeys(e.clause.id for e in chosen))}
    rest.sort(key=lambda e: (order[e.clause.id], e.span.start))
    return [best, *rest]


def _each_clause(ranked: Sequence[Evidence], chosen: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence of each further clause, for a question of several parts."""
    seen = {e.clause.id for e in chosen}
    found: list[Evidence] = []
    for e in ranked:
        if len(seen) >= CLAUSES_COMPOUND or ranked[0].score - e.score > NEAR_COMPOUND:
            break
        if e.clause.id not in seen:
            seen.add(e.clause.id)
            found.append(e)
    return found


def _named_first(question: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """What the document that the question names says of it comes before what others say."""
    named = [
        e
        for e in ranked
        if e.clause.document_id in question.documents and ranked[0].score - e.score <= NEAR_NAMED
    ]
    return [*named[:1], *(e for e in ranked if e not in named[:1])]


def _official_first(
    ranked: Sequence[Evidence], documents: Mapping[str, Document]
) -> list[Evidence]:
    """What is in force, official wording and higher rank come first where scores are near."""
    near = [e for e in ranked if ranked[0].score - e.score <= NEAR_OFFICIAL]

    def standing(e: Evidence) -> tuple[bool, int]:
        document = documents[e.clause.document_id]
        repealed = document.validity is Validity.REPEALED
        return repealed, 0 if document.verbatim else document.rank.order

    ordered = sorted(near, key=standing)
    return [*ordered, *ranked[len(near) :]]


def _verified_first(ranked: Sequence[Evidence]) -> list[Evidence]:
    """What nobody has verified is never the direct answer where something verified is near."""
    near = [e for e in ranked if ranked[0].score - e.score <= NEAR_VERIFIED]
    return [*sorted(near, key=lambda e: not e.clause.verified), *ranked[len(near) :]]


def _withheld_first(
    question: Question, chosen: Sequence[Evidence], ranked: Sequence[Evidence]
) -> list[Evidence]:
    """A figure that the plan withholds is told before what other documents say of it."""
    plan_named = not question.documents or any(
        e.clause.document_id in question.documents and _withholds(question, e.text) for e in ranked
    )
    if not plan_named:
        return list(chosen)
    near = [
        e
        for e in ranked
        if ranked[0].score - e.score <= NEAR_WITHHELD and _withholds(question, e.text)
    ]
    return [*near[:1], *(e for e in chosen if e not in near[:1])]


def _withholds(question: Question, quote: str) -> bool:
    if not question.asked & {Asked.PERCENT, Asked.MONEY, Asked.COUNT, Asked.QUANTITY}:
        return False
    kinds = {figure.kind for figure in figures(quote)}
    return FigureKind.WITHHELD in kinds and FigureKind.PERCENT not in kinds


def caution(clause: Clause, document: Document, english: bool) -> str:
    """What must be said before a quote of something unverified or no longer in force."""
    marked = clause.verified or "待核实" in clause.text
    words = "" if marked else phrases.say(phrases.UNVERIFIED_LEAD, english)
    if document.validity is Validity.REPEALED:
        words += phrases.say(phrases.REPEALED, english)
    return words


def sentence(words: str) -> str:
    """The quoted words as a sentence of their own."""
    words = words.strip().rstrip("，,；;：:、")
    return words if words[-1:] in "。！？!?." else f"{words}。"


def compose(
    question: Question,
    terms: Terms,
    chosen: Sequence[Evidence],
    documents: Mapping[str, Document],
    clauses: Mapping[str, Clause],
    links: Links,
) -> list[Draft]:
    """Drafts of the claims, in the order to be shown."""
    drafts: list[Draft] = []
    said: set[tuple[str, int, int]] = set()
    last_document = ""
    for position, evidence in enumerate(chosen):
        document = documents[evidence.clause.document_id]
        span = _window(question, terms, evidence)
        key = (evidence.clause.id, span.start, span.end)
        if any(key[0] == c and a <= key[1] and key[2] <= b for c, a, b in said):
            continue
        said.add(key)
        quote = Quote(evidence.clause, span)
        lead = ""
        speaks = question.english or terms.coverage(quote.text) >= VERDICT_COVERAGE
        if position == 0 and question.kind is QuestionKind.YES_NO and speaks:
            decided = verdict(question.text, question.figures, quote.text)
            if decided:
                lead = phrases.say(phrases.VERDICT[decided], question.english)
        if document.id != last_document:
            lead += phrases.source(document, question.english)
            last_document = document.id
        lead += caution(evidence.clause, document, question.english)
        if _withholds(question, quote.text):
            lead = phrases.say(phrases.WITHHELD, question.english)
        if position == 0 and (counted := _counted(question, terms, quote)):
            drafts.append(Draft(lead + counted.text, counted.quotes))
            lead = ""
        quotes: tuple[Quote, ...] = (quote,)
        if question.where:
            place = Quote(evidence.clause, heading_span(evidence.clause))
            lead += phrases.place(evidence.clause, place.text, question.english)
            quotes = (place, quote)
        words = quote.text
        stem = stem_of(evidence.clause, evidence.span)
        if stem and Quote(evidence.clause, stem) not in stated(drafts):
            quotes = (Quote(evidence.clause, stem), *quotes)
            words = f"{stem.of(evidence.clause.text)}：{words}"
        drafts.append(Draft(lead + sentence(words), quotes))
        if _withholds(question, quote.text):
            rules = national_rules(quote, links, clauses, documents, question.english)
            drafts += [rule for rule in rules if rule.quotes[0] not in stated(drafts)]
            last_document = rules[-1].quotes[0].clause.document_id if rules else last_document
    return drafts


def _counted(question: Question, terms: Terms, quote: Quote) -> Draft | None:
    """How many things a quote lists, where that is asked and the quote gives no number."""
    asks = Asked.COUNT in question.asked or question.kind is QuestionKind.COUNT
    if (
        not asks
        or _WHICH.search(question.text)
        or question.english
        or answer_type.unit_match(question, quote.text)
    ):
        return None
    text = quote.clause.text
    if count := counting.items(quote.text):
        return Draft(f"共列出{to_chinese(count)}项。", (quote,)) if count > 1 else None
    listed = counting.members(text, quote.span, terms.coverage)
    if not listed:
        return None
    unit = next(iter(sorted(question.units)), "项")
    if unit not in _THINGS:
        return None
    named = "、".join(span.of(text) for span in listed)
    quotes = tuple(Quote(quote.clause, span) for span in listed)
    return Draft(f"列出{len(listed)}{unit}：{named}。", quotes)


def stated(drafts: Sequence[Draft]) -> set[Quote]:
    """Every quote that the drafts rest on."""
    return {quote for draft in drafts for quote in draft.quotes}


def national_rules(
    withheld: Quote,
    links: Links,
    clauses: Mapping[str, Clause],
    documents: Mapping[str, Document],
    english: bool,
) -> list[Draft]:
    """The linked rules for the figures that a quote withholds, each a claim of its own."""
    drafts: dict[str, Draft] = {}
    inside = [
        span
        for span in withheld.clause.redactions
        if withheld.span.start <= span.start and span.end <= withheld.span.end
    ]
    for redaction in inside:
        figure = links.withheld(withheld.clause, redaction)
        for rule in figure.rules if figure else ():
            target = clauses.get(rule.target)
            start = target.text.find(rule.quote) if target and rule.quote else -1
            if target is None or start < 0:
                continue
            span = next(s for s in target.sentences if s.start <= start < s.end)
            quote = Quote(target, trim(target.text, span))
            document = documents[target.document_id]
            lead = phrases.say(phrases.NATIONAL_RULE, english) + phrases.source(document, english)
            lead += caution(target, document, english)
            drafts[f"{target.id}@{span.start}"] = Draft(lead + sentence(quote.text), (quote,))
    return list(drafts.values())
