"""Questions about a document's build are answered from its outline."""

from __future__ import annotations

import pytest

from assistant.pipeline import Assistant

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("方案第五大块一共几条", "3条"),
        ("方案一共几大部分", "三大部分"),
        ("第三大部分有几条保障措施", "三条"),
    ],
)
def test_the_parts_of_the_plan_are_counted(assistant: Assistant, question: str, said: str) -> None:
    answer = assistant.ask(question)
    assert said in answer.answer
    assert answer.citations


def test_a_part_that_is_not_there_is_not_counted(assistant: Assistant) -> None:
    assert assistant.ask("方案第九大块一共几条").status.is_refusal
