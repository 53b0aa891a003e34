"""A question of several parts is answered part by part."""

from __future__ import annotations

import pytest

from assistant.decompose import Part, parts
from assistant.evidence import word_weights
from assistant.pipeline import Assistant

pytestmark = pytest.mark.slow


def split(assistant: Assistant, text: str) -> tuple[Part, ...]:
    return parts(
        text,
        assistant.library.documents,
        assistant.law_names,
        lambda words: word_weights(words, assistant.index.keywords),
    )


def test_one_thing_asked_is_one_part(assistant: Assistant) -> None:
    for question in ("实习报酬最低多少？", "本科一般读几年，法律怎么写的？"):
        assert split(assistant, question) == ()


def test_two_sources_give_a_part_each(assistant: Assistant) -> None:
    found = split(assistant, "发布人才需求信息，方案和职教法分别让谁发？")
    assert [part.documents for part in found] == [{"职业教育法"}, {"plan-2024"}]


def test_a_second_question_takes_the_topic_along(assistant: Assistant) -> None:
    found = split(assistant, "职工教育经费方案说提多少？税前又最多能扣多少？")
    assert len(found) == 2
    assert found[0].documents == {"plan-2024"}
    assert "职工教育经费" in found[1].text and "税前" in found[1].text


def test_the_same_asked_of_two_things(assistant: Assistant) -> None:
    found = split(assistant, "契税和耕地占用税分别怎么算？")
    assert [part.text for part in found] == ["契税分别怎么算", "耕地占用税分别怎么算"]


def test_the_answer_cites_both_sources(assistant: Assistant) -> None:
    answer = assistant.ask("州方案讲的教师下企业时间跟国家规定一致吗？")
    cited = {citation.document_id for citation in answer.citations}
    assert "plan-2024" in cited and len(cited) > 1
    quotes = [(c.clause_id, c.start, c.end) for c in answer.citations]
    assert len(quotes) == len(set(quotes))
