"""Follow-ups are read against the conversation."""

from __future__ import annotations

import pytest

from assistant.answer import Turn
from assistant.conversation import standalone, statements
from index.tokenizer import Tokenizer

TOKENIZER = Tokenizer(["职工教育经费", "实习报酬"])
ANSWER = "方案提出：甲企业应当培训。[1]\n乙学校应当配合。[2]\n注：[1]为要点摘编。"


def resolve(question: str, *previous: str) -> str:
    turns = [Turn(text, ANSWER) for text in previous]
    return standalone(question, turns, TOKENIZER.content_words)


def test_a_first_question_stands_as_it_is() -> None:
    assert resolve("企业有什么义务？") == "企业有什么义务？"


def test_another_subject_takes_the_place_of_the_first() -> None:
    assert resolve("那学校呢？", "企业有哪些培训义务？") == "学校有哪些培训义务？"


@pytest.mark.parametrize("question", ["比例是多少？", "由谁负责？", "它的标准呢？"])
def test_a_bare_question_goes_on_with_the_topic(question: str) -> None:
    text = resolve(question, "企业要提取职工教育经费吗？")
    assert "职工教育经费" in text


def test_the_nth_statement_can_be_asked_about() -> None:
    assert resolve("第二条再说详细点", "谁应当做什么？") == "乙学校应当配合。"


def test_why_asks_for_the_ground_of_the_last_question() -> None:
    assert resolve("为什么？", "企业能办学吗？").startswith("企业能办学吗")


def test_a_new_topic_is_left_alone() -> None:
    question = "学生实习报酬最低不能低于多少？"
    assert resolve(question, "企业能办学吗？") == question


def test_notes_are_no_statements() -> None:
    assert statements(ANSWER) == ["方案提出：甲企业应当培训。", "乙学校应当配合。"]
