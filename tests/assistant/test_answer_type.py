"""What a question asks for, and whether a text holds it."""

from __future__ import annotations

import pytest

from assistant import answer_type
from assistant.question import Asked, understand


@pytest.mark.parametrize(
    ("question", "asked", "holds", "lacks"),
    [
        ("多久考核一次？", Asked.FREQUENCY, "每年组织一次考核。", "考核结果作为评价依据。"),
        ("工资几天发一次？", Asked.FREQUENCY, "工资应当按月支付。", "不得克扣工资。"),
        ("保费谁出？", Asked.PAYER, "保险费由企业承担。", "加快发展责任保险。"),
        ("谁来牵头？", Asked.LEADER, "由发展改革部门牵头。", "建成产教融合共同体。"),
        ("罚多少？", Asked.MONEY, "并处违法所得一倍以上五倍以下的罚款。", "责令改正。"),
        ("要交多少？", Asked.MONEY, "每亩五千元。", "在三十日内申报。"),
    ],
)
def test_an_answer_holds_what_is_asked_for(
    question: str, asked: Asked, holds: str, lacks: str
) -> None:
    assert asked in understand(question, question, [], None).asked
    assert answer_type.holds(asked, holds)
    assert not answer_type.holds(asked, lacks)


def test_how_often_is_not_how_long() -> None:
    question = understand("多久考核一次？", "多久考核一次？", [], None)
    assert Asked.DURATION not in question.asked


def test_a_consequence_that_is_asked_may_be_missing() -> None:
    question = understand("不设岗会怎样？", "不设岗会怎样？", [], None)
    assert answer_type.sanction_missing(question, "企业应当设立学徒岗位。")
    assert not answer_type.sanction_missing(question, "由教育行政部门责令改正。")
