"""Evidence selection: which sentences of the retrieved clauses answer the question.

A linear model over features of (question, sentence) pairs; its weights are learned by
`eval/train_assistant.py` from the evaluation sets' training part and kept in
`assistant/weights/evidence.json`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from operator import mul
from pathlib import Path

from assistant import answer_type
from assistant.figures import FigureKind, figures
from assistant.question import TYPE_WORDS, Asked, Question, QuestionKind
from assistant.translation import Translator
from corpus.document import Clause, Document, Kind, Span
from index import dictionary
from index.keywords import KeywordIndex
from index.lexicon import Lexicon
from index.passages import body_sentences
from index.retriever import Hit
from index.tokenizer import without_asking

FEATURES = (
    "similarity",
    "similarity_gap",
    "clause_rank",
    "clause_similarity_gap",
    "word_coverage",
    "pair_coverage",
    "clause_coverage",
    "title_coverage",
    "type_fit",
    "type_fit_asked",
    "type_fit_short",
    "unit_match",
    "figure_match",
    "sanction_match",
    "form_match",
    "named_document",
    "audience",
    "length",
    "withheld",
    "focus",
    "plan",
    "digest",
    "unverified",
    "clause_score",
    "english_similarity_gap",
    "translation",
    "translation_gap",
    "clause_translation",
    "clause_translation_gap",
)
CLAUSES_READ = 8
_MANY_WORDS = 4
# How surely a text speaks of a compound word where the words that make it up stand apart.
_PARTS_STRENGTH = 0.8


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a clause, and how well it answers."""

    clause: Clause
    span: Span
    rank: int
    score: float
    features: tuple[float, ...]

    @property
    def text(self) -> str:
        """The sentence, word for word."""
        return self.span.of(self.clause.text)


@dataclass(frozen=True)
class Terms:
    """The question's content words and character pairs, with their weight (IDF).

    `near` gives, for each word, the corpus words of like meaning with a strength of 0-1, the
    strongest first; `parts` the shorter words of a compound;
    `focus` are the words beside the question word (学费 in 学费多少) or, in a yes-or-no question,
    those after its modal verb (签, 协议 in 要不要签协议): what is asked about.
    """

    words: dict[str, float]
    pairs: dict[str, float]
    near: dict[str, dict[str, float]]
    focus: frozenset[str] = frozenset()
    # All words of a Chinese question, for the translation model.
    asked: tuple[str, ...] = ()
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Several features read the same text: what it speaks of is worked out once.
    _spoken: dict[str, dict[str, float]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _total(self) -> float:
        return sum(self.words.values())

    @cached_property
    def _bare_pairs(self) -> dict[str, float]:
        return {pair.removeprefix("~"): weight for pair, weight in self.pairs.items()}

    @cached_property
    def _total_of_pairs(self) -> float:
        return sum(self.pairs.values())

    def strengths(self, text: str) -> dict[str, float]:
        """How surely `text` speaks of each word, 0-1: 1 where the word itself stands in it."""
        found = self._spoken.get(text)
        if found is None:
            found = {word: self._strength(word, text) for word in self.words}
            self._spoken[text] = found
        return found

    def _strength(self, word: str, text: str) -> float:
        if word in text:
            return 1.0
        # 转化科技成果 says what 科技成果转化 does.
        parts = self.parts.get(word)
        taken_apart = _PARTS_STRENGTH if parts and all(part in text for part in parts) else 0.0
        for other, strength in self.near[word].items():
            if other in text:
                return max(strength, taken_apart)
        return taken_apart

    def unknown(self, corpus_text: Container[str]) -> float:
        """Share of the words' weight that the corpus has no word for, 0-1."""
        total = self._total
        missing = (
            w
            for word, w in self.words.items()
            if word not in corpus_text and (not word.isascii() or not self.near[word])
        )
        return sum(missing) / total if total else 0.0

    def covered(self, text: str) -> set[str]:
        """The words that `text` speaks of."""
        return {word for word, strength in self.strengths(text).items() if strength >= 0.4}

    def coverage(self, text: str) -> float:
        """Share of the words' weight that `text` speaks of, 0-1; 0 where there are no words."""
        if not self._total:
            return 0.0
        held = self.strengths(text).values()
        spoken: float = sum(map(mul, self.words.values(), held))
        return spoken / self._total

    def focus_coverage(self, text: str) -> float:
        """Mean strength of the focus words in `text`; 1 where the question has none."""
        if not self.focus:
            return 1.0
        held = self._spoken.get(text)
        if held is None:
            # Few of the words: not worth working all of them out.
            held = {word: self._strength(word, text) for word in self.focus}
        return sum(held[word] for word in self.focus) / len(self.focus)

    def gap(self, text: str) -> float:
        """The heaviest word that `text` does not speak of, as a share of the heaviest, 0-1."""
        heaviest = max(self.words.values(), default=0.0)
        if not heaviest:
            return 0.0
        held = self.strengths(text)
        missing = (w * (1 - held[word]) for word, w in self.words.items())
        return max(missing, default=0.0) / heaviest

    def pair_coverage(self, text: str) -> float:
        """Share of the pairs' weight that stands in `text`, 0-1."""
        if not self._total_of_pairs:
            return 0.0
        held = [weight for pair, weight in self._bare_pairs.items() if pair in text]
        return sum(held) / self._total_of_pairs


def word_weights(text: str, keywords: KeywordIndex) -> dict[str, float]:
    """The content words of a text, each with its IDF, less where it names no thing."""
    content = keywords.tokenizer.content_words(text)
    return {word: keywords.idf(word) * dictionary.weight(word) for word in content}


def terms_of(question: Question, keywords: KeywordIndex, lexicon: Lexicon) -> Terms:
    """Content words and pairs of a question; words that the corpus does not know weigh most."""
    text = question.text
    words = word_weights(text, keywords)
    kept = "".join(w if w in words else " " for w in keywords.tokenizer.words(without_asking(text)))
    pairs = {
        token: keywords.idf(token)
        for token in keywords.tokenizer.tokens(kept)
        if token.startswith("~")
    }
    asked = tuple(keywords.tokenizer.words(text))
    parts = {word: keywords.tokenizer.parts(word) for word in words}
    return Terms(words, pairs, lexicon.similar(words), _focus(question, words), asked, parts)


def english_terms(near: Mapping[str, dict[str, float]], keywords: KeywordIndex) -> Terms:
    """Terms of an English question, each known by its Chinese words (`near`)."""
    words = {
        word: min((keywords.idf(other) for other in others), default=_UNTRANSLATED)
        for word, others in near.items()
    }
    return Terms(words, {}, dict(near))


# The weight of an English word that the glossary does not know.
_UNTRANSLATED = 3.0
_QUESTION_WORD = re.compile(r"多少|几|哪[些个家里所]?|什么|啥|谁|多[久长大高]|何")
_FOCUS_REACH = 5


# 能不能, 要不要: what follows is what a yes-or-no question asks.
_MODAL = re.compile(
    r"能不能|可不可以|要不要|用不用|需不需要|该不该|会不会|有没有|是不是|是否|能否|可否|"
    r"必须|可以|允许|需要|应该|一定|非得|要(?!求|素|点)|能|会(?!议|员|计)|得"
)
_YES_NO_END = re.compile(
    r"(?:[，,\s]*(?:这样|这么做)?(?:行不行|可以|合法|合规|对|行|允许|可行|成))?(?:吗|么|吧|不|没|啊|呀)*[？?。]*$"
)
_PREDICATE_REACH = 8


def _predicate(text: str) -> str:
    """What a yes-or-no question asks: the words after its last modal verb, else the last ones."""
    bare = _YES_NO_END.sub("", text)
    modals = [match.end() for match in _MODAL.finditer(bare) if match.end() < len(bare)]
    if modals:
        return bare[modals[-1] : modals[-1] + _PREDICATE_REACH]
    return bare[-_PREDICATE_REACH:]


def _focus(question: Question, words: Iterable[str]) -> frozenset[str]:
    text = question.text
    around = [
        text[max(0, match.start() - _FOCUS_REACH) : match.end() + _FOCUS_REACH]
        for match in _QUESTION_WORD.finditer(text)
    ]
    if not around and question.kind is QuestionKind.YES_NO and not question.english:
        around = [_predicate(text)]
    return frozenset(
        word for word in words if word not in TYPE_WORDS and any(word in part for part in around)
    )


def _sentence_features(
    question: Question,
    terms: Terms,
    clause: Clause,
    document: Document,
    sentence: str,
    rank: int,
    similarity: float,
    best_similarity: float,
    clause_gap: float,
    readable: str,
    hit_score: float,
    translations: tuple[float, float, float, float],
) -> tuple[float, ...]:
    fit = answer_type.fit(question, sentence)
    heading = " ".join(clause.heading_path[-2:])
    wants_figure = bool(question.asked & {Asked.PERCENT, Asked.MONEY, Asked.COUNT, Asked.QUANTITY})
    withheld = wants_figure and any(f.kind is FigureKind.WITHHELD for f in figures(sentence))
    audience = question.audience
    return (
        (similarity - 0.85) * 20,
        (similarity - best_similarity) * 20,
        1 / (1 + rank),
        clause_gap * 20,
        terms.coverage(sentence),
        terms.pair_coverage(sentence),
        terms.coverage(readable),
        terms.coverage(heading),
        fit,
        fit if question.asked else 0.0,
        # With few words to go by, the form of what is asked says more.
        fit * max(0.0, 1 - len(terms.words) / _MANY_WORDS) if question.asked else 0.0,
        answer_type.unit_match(question, sentence),
        answer_type.figure_match(question, sentence),
        answer_type.sanction_match(question, sentence),
        answer_type.form_match(question, sentence),
        float(document.id in question.documents) if question.documents else 0.0,
        float(bool(audience) and audience in {a.value for a in clause.audience}),
        math.log(len(sentence)) - 4,
        float(withheld),
        terms.focus_coverage(sentence),
        float(document.kind is Kind.PLAN),
        float(not document.verbatim),
        float(not clause.verified),
        hit_score / 4,
        (similarity - best_similarity) * 20 if question.english else 0.0,
        *translations,
    )


@lru_cache(maxsize=2048)
def _sentences(clause: Clause, document: Document) -> tuple[tuple[int, Span, str], ...]:
    """(number, span, text to read) of the sentences of a clause."""
    return tuple(
        (number, span, _readable(span.of(clause.text), document))
        for number, span in body_sentences(clause)
    )


def _readable(text: str, document: Document) -> str:
    for printed, meant in document.errata:
        text = text.replace(printed, f"{printed}{meant}")
    return text


def candidates(
    question: Question,
    terms: Terms,
    hits: Sequence[Hit],
    clauses: Sequence[Clause],
    documents: Sequence[Document],
    similarities: dict[str, float],
    duties: Mapping[str, str],
    translator: Translator,
) -> list[Evidence]:
    """Every sentence of the clauses with its features and score, best first.

    `hits`, `clauses` and `documents` are parallel, best clause first; `similarities` holds the
    cosine of question and sentence by `<clause id>@<sentence>` where it is stored; `duties` tell
    what clauses on liability punish.
    """
    duties = duties if answer_type.asks_sanction(question) else {}
    weights = _weights()
    best_clause = max((hit.dense_score or 0.0 for hit in hits), default=0.0)
    reader = translator.reader(terms.asked)
    wholes = reader.clauses([clause.id for clause in clauses])
    rows = []
    found_clauses = zip(hits, clauses, documents, wholes, strict=True)
    for rank, (hit, clause, document, whole) in enumerate(found_clauses):
        fallback = hit.dense_score or hit.sentence_score or 0.8
        readable = _readable(clause.text, document) + duties.get(clause.id, "")
        sentences = _sentences(clause, document)
        translations = reader.sentences(clause.id)
        for (number, span, sentence), own in zip(sentences, translations, strict=True):
            # A clause of one sentence has no sentence vector of its own.
            similarity = similarities.get(f"{clause.id}@{number}", fallback)
            row = (rank, hit, clause, document, readable, span, sentence, own, whole, similarity)
            rows.append(row)
    best = max((row[-1] for row in rows), default=0.0)
    best_whole = max((row[-2] for row in rows), default=0.0)
    best_own = max((row[-3] for row in rows), default=0.0)
    found = []
    for rank, hit, clause, document, readable, span, sentence, own, whole, similarity in rows:
        features = _sentence_features(
            question,
            terms,
            clause,
            document,
            sentence,
            rank,
            similarity,
            best,
            (hit.dense_score or 0.8) - best_clause,
            readable,
            hit.score,
            (own, own - best_own, whole, whole - best_whole),
        )
        score = sum(map(mul, weights, features))
        found.append(Evidence(clause, span, rank, score, features))
    return sorted(found, key=lambda e: -e.score)


def rescored(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence with the scores that the weights on file give it, best first."""
    weights = _weights()
    found = [replace(e, score=sum(map(mul, weights, e.features))) for e in evidence]
    return sorted(found, key=lambda e: -e.score)


@cache
def _weights() -> tuple[float, ...]:
    stored = json.loads(Path(__file__).with_name("weights").joinpath("evidence.json").read_text())
    return tuple(stored["weights"].get(name, 0.0) for name in FEATURES)


def wants_many(question: Question) -> bool:
    """Whether the question asks for more than one fact."""
    return question.kind in (
        QuestionKind.LIST,
        QuestionKind.HOW,
        QuestionKind.OPEN,
        QuestionKind.DEFINITION,
    )
