"""How much evidence is stated."""

from __future__ import annotations

from dataclasses import replace

from assistant import inclusion
from assistant.evidence import Evidence, Terms
from assistant.question import Question, understand
from corpus.document import Clause, Span

TEXT = "企业应当提取职工教育经费。其中用于一线职工的比例不低于百分之六十。企业可以举办学校。"
ENDS = [i + 1 for i, char in enumerate(TEXT) if char == "。"]
SPANS = tuple(Span(a, b) for a, b in zip([0, *ENDS], ENDS, strict=False))
CLAUSE = Clause("d#1", "d", "文件", "1", "", (), TEXT, 0, SPANS, (Span(0, len(TEXT)),))
TERMS = Terms(
    {"教育经费": 3.0, "一线": 3.0, "比例": 2.0},
    {},
    {"教育经费": {}, "一线": {}, "比例": {}},
)


def asked(text: str) -> Question:
    return understand(text, text, (), None)


def sentence(number: int, score: float) -> Evidence:
    return Evidence(CLAUSE, SPANS[number], 0, score, ())


def test_a_sentence_that_scores_lower_is_less_likely_stated() -> None:
    question, chosen = asked("教育经费一线比例是多少？"), [sentence(0, 5.0)]
    near = inclusion.probability(question, TERMS, chosen, sentence(1, 4.5))
    far = inclusion.probability(question, TERMS, chosen, sentence(1, 0.5))
    assert 0 < far < near < 1


def test_what_adds_words_of_the_question_is_likelier_stated() -> None:
    question, chosen = asked("教育经费一线比例是多少？"), [sentence(0, 5.0)]
    adding = inclusion.probability(question, TERMS, chosen, sentence(1, 4.0))
    beside = inclusion.probability(question, TERMS, chosen, sentence(2, 4.0))
    assert beside < adding


def test_a_question_for_many_facts_states_more_readily() -> None:
    many, one = asked("有哪些要求？"), asked("比例是多少？")
    assert inclusion.threshold(many) < inclusion.threshold(one)


def test_features_stand_in_the_order_of_their_names() -> None:
    question = asked("比例是多少？")
    values = inclusion.features(question, TERMS, [sentence(0, 5.0)], sentence(1, 3.0))
    named = dict(zip(inclusion.FEATURES, values, strict=True))
    assert named["gap"] == 2.0
    assert named["same_clause"] == named["adjacent"] == 1.0
    other = replace(CLAUSE, id="d#2")
    elsewhere = Evidence(other, SPANS[1], 1, 3.0, ())
    values = inclusion.features(question, TERMS, [sentence(0, 5.0)], elsewhere)
    named = dict(zip(inclusion.FEATURES, values, strict=True))
    assert (named["same_clause"], named["gap_other_clause"], named["clause_rank"]) == (0, 2.0, 0.5)


def test_the_figure_asked_for_is_gained_by_the_first_that_holds_it() -> None:
    question = asked("一线职工的比例是多少？")
    named = [
        dict(zip(inclusion.FEATURES, values, strict=True))["figure_gained"]
        for values in (
            inclusion.features(question, TERMS, [sentence(0, 5.0)], sentence(1, 3.0)),
            inclusion.features(question, TERMS, [sentence(1, 5.0)], sentence(1, 3.0)),
            inclusion.features(question, TERMS, [sentence(0, 5.0)], sentence(2, 3.0)),
        )
    ]
    assert named == [1.0, 0.0, 0.0]
