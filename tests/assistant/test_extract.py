"""Sentences are cut where a stretch can stand by itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.extract import segments, shortest_window
from corpus.document import Span


@given(st.text(alphabet="甲乙的，；、（）当", max_size=40))
def test_the_segments_are_the_whole_in_order(text: str) -> None:
    found = segments(text, Span(0, len(text)))
    assert "".join(part.of(text) for part in found) == text


def test_a_condition_is_never_cut_from_what_follows() -> None:
    text = "投资额的10%可以抵免；当年抵不完的，可以在以后5个年度结转抵免。"
    found = segments(text, Span(0, len(text)))
    assert [part.of(text) for part in found] == [
        "投资额的10%可以抵免；",
        "当年抵不完的，可以在以后5个年度结转抵免。",
    ]


def test_the_shortest_window_that_fits_is_quoted() -> None:
    text = "学校应当培训教师，企业按照工资总额的百分之八提取经费，政府给予支持。"
    window = shortest_window(
        text,
        Span(0, len(text)),
        lambda words: {word for word in ("企业", "经费") if word in words},
        lambda words: "百分之" in words,
    )
    assert window.of(text) == "企业按照工资总额的百分之八提取经费"


def test_of_cases_side_by_side_none_is_cut_in_two() -> None:
    text = "期限不满一年的，不超过一个月；不满三年的，不超过二个月；长期的合同，不超过六个月。"
    window = shortest_window(
        text,
        Span(0, len(text)),
        lambda words: {word for word in ("期限", "合同") if word in words},
        lambda words: "个月" in words,
    )
    assert window.of(text) == text.rstrip("。")
