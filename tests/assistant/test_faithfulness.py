"""No sentence stands that its clause does not prove."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.faithfulness import (
    Quote,
    SentenceCheck,
    difference,
    locate,
    pairs,
    reversed_in,
    share,
)
from assistant.pipeline import Assistant
from corpus.document import Clause, Span
from corpus.spans import paragraph_spans, sentence_spans
from eval.corruptions import CORRUPTIONS
from index.tokenizer import Tokenizer

WORDS = Tokenizer().words
TEXT = (
    "州教育局牵头，州财政局配合，会同用人单位落实经费。"
    "企业应当按照职工工资总额的8%提取经费，其中用于一线职工的比例不低于60%。"
    "学校可以设立5个岗位，企业可以设立10个岗位。"
    "任何单位不得挪用经费，自2025年6月30日起施行。"
    "经主管部门批准，职业学校可以按照财税〔2018〕51号文件优先聘用教师。"
)


def clause_of(text: str, name: str = "d#1") -> Clause:
    return Clause(
        name, "d", "文件", "1", "", ("1",), text, 0, sentence_spans(text), paragraph_spans(text)
    )


CLAUSE = clause_of(TEXT)


def judged(text: str) -> str:
    return difference(text, locate(text, [CLAUSE]), WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "企业应当按照职工工资总额的8%提取经费。",
        "用于一线职工的比例不低于60%。",
        "州财政局配合，州教育局牵头。",
        "企业可以设立10个岗位，学校可以设立5个岗位。",
        "任何单位不得挪用经费。",
        "自2025年6月30日起施行。",
        "经主管部门批准，职业学校可以优先聘用教师。",
    ],
)
def test_the_same_said_otherwise_differs_in_nothing(text: str) -> None:
    assert judged(text) == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("企业应当按照职工工资总额的9%提取经费。", "figure"),
        ("企业应当按照职工工资总额的百分之九提取经费。", "figure"),
        ("企业应当按照职工工资总额的60%提取经费。", "figure_of_another"),
        ("用于一线职工的比例不高于60%。", "figure_of_another"),
        ("用于一线职工的比例为60%。", "figure_of_another"),
        ("企业可以设立5个岗位。", "figure_of_another"),
        ("自2025年7月30日起施行。", "figure"),
        ("自2025年6月3日起施行。", "figure"),
        ("经费的三分之一用于一线职工。", "figure"),
        ("职业学校可以按照财税〔2019〕51号文件优先聘用教师。", "document_number"),
        ("按照《职业教育法》，任何单位不得挪用经费。", "name"),
        ("要建立“双师型”队伍。", "quoted"),
        ("经费由CEO审批。", "foreign"),
        ("按照第三条，任何单位不得挪用经费。", "label"),
        ("州人社局牵头，州财政局配合。", "party"),
        ("州财政局牵头，州教育局配合。", "party_of_another"),
        ("任何单位可以挪用经费。", "negation"),
        ("企业不应当按照职工工资总额的8%提取经费。", "negation"),
        ("企业可以按照职工工资总额的8%提取经费。", "modality"),
        ("学校应当设立5个岗位。", "modality"),
        ("职业学校可以聘用教师。", "modality"),
        ("企业可以设立5个岗位，学校可以设立10个岗位。", "figure_of_another"),
    ],
)
def test_what_must_not_differ(text: str, fault: str) -> None:
    assert judged(text) == fault


def test_a_withheld_figure_is_not_the_one_beside_it() -> None:
    clause = clause_of("企业按照工资总额的X%提取经费，一线职工的比例不低于60%。")
    quotes = (Quote(clause, Span(0, len(clause.text))),)
    filled = difference("企业按照工资总额的60%提取经费。", quotes, WORDS)
    assert filled == "figure_of_another"


@given(st.sampled_from([span.of(TEXT) for span in CLAUSE.sentences]))
def test_a_sentence_of_the_clause_is_found_and_differs_in_nothing(text: str) -> None:
    quotes = locate(text, [CLAUSE])
    assert text in "".join(quote.text for quote in quotes)
    assert difference(text, quotes, WORDS) == ""


@given(st.text(max_size=60), st.text(min_size=1, max_size=120))
def test_located_quotes_stand_word_for_word_in_their_clause(text: str, body: str) -> None:
    clause = clause_of(body)
    for quote in locate(text, [clause]):
        assert body[quote.span.start : quote.span.end] == quote.text != ""


def test_only_clauses_that_carry_words_are_quoted() -> None:
    other = clause_of("水利工程的防汛抗旱由应急管理机关统筹。", "d#2")
    quotes = locate("任何单位不得挪用经费", [other, CLAUSE])
    assert {quote.clause.id for quote in quotes} == {"d#1"}


@given(st.text(max_size=50), st.text(max_size=50))
def test_share_is_a_share(one: str, other: str) -> None:
    assert 0 <= share(pairs(one), pairs(other)) <= 1
    assert share(pairs(one), pairs(one)) == 1


@given(st.text(alphabet="企业学校不得可以应当提取经费，。；", max_size=40))
def test_nothing_is_reversed_in_itself(text: str) -> None:
    assert reversed_in(text, text) == ""


# ------------------------------------------------------------------ over the real index
@pytest.fixture(scope="module")
def check(assistant: Assistant) -> SentenceCheck:
    return SentenceCheck(assistant.index)


CLAUSES = ("plan-2024#14", "职业教育法#第三十条", "就业促进法#第六十七条", "plan-2024#22")


def body(clause: Clause) -> list[str]:
    return [
        t for s in clause.sentences if s.start >= clause.body and len(t := s.of(clause.text)) > 15
    ]


@pytest.mark.parametrize("name", CLAUSES)
def test_words_of_a_clause_stand(check: SentenceCheck, assistant: Assistant, name: str) -> None:
    clause = assistant.library.clauses[name]
    for text in body(clause):
        finding = check(text, [clause])
        assert finding.fault == ""
        assert text.strip() in "".join(quote.text for quote in finding.quotes)


@pytest.mark.parametrize("kind", sorted(CORRUPTIONS))
def test_what_was_made_false_falls(check: SentenceCheck, assistant: Assistant, kind: str) -> None:
    rng = random.Random(5)
    clauses = [
        assistant.library.clauses[name]
        for name in (*CLAUSES, "plan-2024#11", "职业教育法#第六十六条")
    ]
    made = [(CORRUPTIONS[kind](text, rng), text, c) for c in clauses for text in body(c)]
    false = [(changed, c) for changed, text, c in made if changed and changed != text]
    assert false or kind == "swapped_figures"
    for changed, clause in false:
        assert check(changed, [clause]).fault, changed


def test_another_clause_proves_nothing(check: SentenceCheck, assistant: Assistant) -> None:
    clauses = [assistant.library.clauses[name] for name in CLAUSES]
    for at, clause in enumerate(clauses):
        others: Sequence[Clause] = clauses[:at] + clauses[at + 1 :]
        for text in body(clause):
            assert check(text, others).fault
    assert check("企业应当足额提取经费。", []).fault == "no_citation"
