"""A sentence changed in one word is another sentence: over every clause of the default corpus."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.bounds import uniform
from assistant.edits import changed, same, unconditional
from assistant.faithfulness import difference, locate
from corpus.document import Clause
from corpus.library import load
from corpus.settings import Settings
from index.passages import body_sentences
from index.tokenizer import Tokenizer

WORDS = Tokenizer().words
# A table's rule has no words.
SHORTEST = 6


@cache
def corpus() -> list[tuple[str, Clause]]:
    """Every sentence of the default corpus with its clause."""
    clauses = load(Settings()).clauses.values()
    found = [(span.of(c.text).strip(), c) for c in clauses for _, span in body_sentences(c)]
    return [(text, c) for text, c in found if len(re.findall(r"\w", text)) >= SHORTEST]


def judged(text: str, clause: Clause) -> str:
    return difference(text, locate(text, [clause]), WORDS)


def swapped(pairs: str) -> Iterator[tuple[str, str, Clause]]:
    """(word, sentence with one place of that word swapped for its opposite, clause)."""
    for one, other in (pair.split("/") for pair in pairs.split()):
        for old, new in ((one, other), (other, one)):
            for text, clause in corpus():
                for match in re.finditer(old, text):
                    made = text[: match.start()] + new + text[match.end() :]
                    # What the clause says elsewhere, it proves.
                    if made.strip("。；") not in clause.text:
                        yield old, made, clause


def accepted(pairs: str, step: int = 1) -> list[str]:
    made = list(swapped(pairs))[::step]
    assert len(made) > 20
    return [f"{old}: {text}" for old, text, clause in made if not judged(text, clause)]


def test_a_sentence_of_the_corpus_differs_in_nothing_from_itself() -> None:
    assert [text for text, clause in corpus()[::4] if judged(text, clause)] == []


@pytest.mark.parametrize(
    "pairs",
    [
        "不少于/不超过 不低于/不高于 不得低于/不得高于 不得少于/不得超过",
        "以上/以下 以内/以外",
        "至少/至多 最低/最高 最长/最短 超过/不足 高于/低于 未满/满 不满/满",
    ],
)
def test_no_bound_of_the_corpus_can_be_turned_round(pairs: str) -> None:
    assert accepted(pairs) == []


def test_no_before_of_the_corpus_can_become_an_after() -> None:
    assert accepted("以前/以后 之前/之后 前/后 已/将") == []


def test_no_whole_of_the_corpus_can_become_a_part() -> None:
    assert accepted("全部/部分 所有/部分 各/某 任何/部分 其他/所有 每年/每月 共同/分别") == []


def test_no_and_of_the_corpus_can_become_an_or() -> None:
    assert accepted("和/或者 以及/或者 与/或 及/或", step=9) == []


def compared(text: str, quote: str) -> str:
    text, quote = same(uniform(text)), same(uniform(quote))
    return changed(text, quote, WORDS) or unconditional(text, quote)


PROOF = (
    "专业教师每年到企业实践不少于6个月，州级以上示范校和规模以上企业应当按照有关规定向教育部门备案；"
    "进口货物的纳税人，应当在三十日内申报纳税，可以减征增值税的一半。"
)


@pytest.mark.parametrize(
    "text",
    [
        "专业教师每年到企业实践至少六个月",
        "专业教师每年到企业实践6个月以上",
        "州级以上示范校与规模以上企业应依照相关规定向教育部门进行备案",
        "规模以上企业应当按照规定向教育部门备案",
        "同时，进口货物的纳税人，应当在三十日之内申报纳税",
        "进口货物的纳税人可以减征增值税的一半",
    ],
)
def test_the_same_in_other_words(text: str) -> None:
    assert compared(text, PROOF) == ""


@pytest.mark.parametrize(
    "text",
    [
        "专业教师每年到企业实践至多6个月",
        "专业教师每年到企业实践6个月",
        "专业教师每年到企业实践六个月以下",
        "州级示范校和规模以上企业应当按照有关规定向教育部门备案",
        "州级以上示范校和规模以下企业应当按照有关规定向教育部门备案",
        "州级以上示范校或规模以上企业应当按照有关规定向教育部门备案",
        "部分规模以上企业应当按照有关规定向教育部门备案",
        "规模以上企业应当按照有关规定向教育部门报批",
        "货物的纳税人，应当在三十日内申报纳税",
        "进口货物的纳税人，应当在三十日后申报纳税",
        "进口货物的纳税人，申报纳税",
        "可以减征增值税",
    ],
)
def test_a_small_difference_is_told(text: str) -> None:
    assert compared(text, PROOF) != ""


LETTERS = st.text(alphabet="企业和或应在前的8%年以上、，。；（一）", max_size=24)


@given(LETTERS, LETTERS)
def test_words_that_the_proof_lacks_are_told_whatever_stands_beside_them(
    one: str, two: str
) -> None:
    assert compared(f"{one}罚款{two}", f"{two}，{one}") != ""


CONDITIONS = (
    "未经批准招生的，责令改正；情节严重的，吊销许可证；有关部门应当公告。"
    "一年期劳动合同，试用期不得超过一个月；三年期劳动合同，试用期不得超过六个月。"
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("未经批准招生的，责令改正。", True),
        ("责令改正，未经批准招生的。", True),
        ("情节严重的，吊销许可证。", True),
        ("有关部门应当公告。", True),
        ("未经批准招生的，责令改正，情节严重的，吊销许可证。", True),
        ("三年期劳动合同，试用期不得超过六个月。", True),
        ("三年期劳动合同，试用期不得超过一个月。", False),
        ("吊销许可证。", False),
        ("未经批准招生的，吊销许可证。", False),
        ("未经批准招生的，吊销许可证；情节严重的，责令改正。", False),
    ],
)
def test_what_is_said_under_a_condition_keeps_it(text: str, holds: bool) -> None:
    assert (unconditional(text, CONDITIONS) == "") is holds
