"""Reading a question: its kind, what it asks for, what it names."""

from __future__ import annotations

import pytest

from assistant.naming import named_documents
from assistant.normalise import is_english, normalise
from assistant.question import Asked, QuestionKind, understand
from corpus.document import Document, Kind, Rank, Validity


def document(id: str, title: str, number: str = "", short: str = "") -> Document:
    return Document(id, title, Kind.STATUTE, Rank.LAW, Validity.IN_FORCE, "", (), short, number)


DOCUMENTS = (
    document("职业教育法", "中华人民共和国职业教育法"),
    document("教育法", "中华人民共和国教育法"),
    document("财税〔2018〕51号", "关于企业职工教育经费税前扣除政策的通知", "财税〔2018〕51号"),
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("职工教育经费比例是多少？", QuestionKind.FIGURE),
        ("教师多久去企业实践一次", QuestionKind.FIGURE),
        ("企业能不能办学校", QuestionKind.YES_NO),
        ("由哪个部门负责", QuestionKind.WHO),
        ("有哪些激励", QuestionKind.LIST),
        ("怎么申请", QuestionKind.HOW),
        ("什么是现代学徒制", QuestionKind.DEFINITION),
        ("第14项说了什么", QuestionKind.LOOKUP),
        ("方案一共有多少项", QuestionKind.COUNT),
        ("Can companies run schools?", QuestionKind.YES_NO),
    ],
)
def test_kind(text: str, kind: QuestionKind) -> None:
    assert understand(text, text, DOCUMENTS, None).kind is kind


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("占多少", Asked.QUANTITY),
        ("补贴标准是什么", Asked.MONEY),
        ("要多长时间", Asked.DURATION),
        ("联系电话", Asked.PHONE),
        ("要培育几家企业", Asked.COUNT),
    ],
)
def test_asked(text: str, asked: Asked) -> None:
    assert asked in understand(text, text, DOCUMENTS, None).asked


def test_a_longer_name_hides_the_one_inside_it() -> None:
    assert named_documents("《职业教育法》怎么说", DOCUMENTS) == ("职业教育法",)
    assert named_documents("教育法和职业教育法", DOCUMENTS) == ("职业教育法", "教育法")


@pytest.mark.parametrize("text", ["财税〔2018〕51号怎么说", "财税[2018]51号", "财税201851号"])
def test_a_document_is_known_by_its_number(text: str) -> None:
    assert named_documents(text, DOCUMENTS) == ("财税〔2018〕51号",)


def test_references_in_every_writing() -> None:
    for text in ("方案第14项", "方案第十四条", "第１４项".translate(str.maketrans("１４", "14"))):
        (reference,) = understand(text, text, DOCUMENTS, None).references
        assert (reference.first, reference.last) == (14, 14)
    (span,) = understand("第11至13项", "第11至13项", DOCUMENTS, None).references
    assert (span.first, span.last) == (11, 13)


def test_normalise_makes_script_width_and_space_uniform() -> None:
    assert normalise("　職工教育經費　占　多少？\u200b\x00") == "职工教育经费占多少？"
    assert normalise("１２％") == "12%"
    assert is_english("How long must teachers practise?")
    assert not is_english("X学校是什么")
    # The name of a document or an item may be in the other language.
    assert is_english("What does Article 2 of 《征收教育费附加的暂行规定》 say?")
    assert is_english("What does item 1 of the plan (同步规划产教融合与经济社会发展) say?")
    assert not is_english("企业（human resources department）怎么办")
