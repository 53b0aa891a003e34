"""What a refusal tells: what the documents do speak of, by names that say something."""

from __future__ import annotations

import re

import pytest

from assistant.pipeline import Assistant

_NEAREST = re.compile(r"相近的内容有：(.+)。")


@pytest.mark.parametrize(
    "question", ["补缴教育费附加要跑几趟？", "劳动合同丢了补办收多少钱？", "校企通平台哪天上线？"]
)
def test_the_nearest_topics_are_named_with_their_law(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.status.is_refusal
    found = _NEAREST.search(answer.answer)
    assert found
    names = found[1].split("、")
    assert len(set(names)) == len(names)
    assert not any(re.fullmatch(r"第[一二三四五六七八九十百]+条", name) for name in names)
