"""Things that a sentence lists are counted from its own words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant import counting
from corpus.document import Span

_NAMES = st.lists(
    st.text(alphabet="甲乙丙丁戊己庚辛壬癸", min_size=2, max_size=6), min_size=3, max_size=9
)


@given(_NAMES, st.text(alphabet="前言里说", max_size=8))
def test_every_member_of_a_run_is_a_span_of_its_own(names: list[str], before: str) -> None:
    text = f"{before}，{'、'.join(names)}。"
    found = counting.members(text, Span(0, len(text)), lambda words: 0.0)
    assert [span.of(text) for span in found] == names


def test_the_last_member_may_follow_a_conjunction() -> None:
    text = "规划产教融合发展、政策措施、实现途径和重大项目。"
    found = counting.members(text, Span(0, len(text)), lambda words: 0.0)
    assert [span.of(text) for span in found][-2:] == ["实现途径", "重大项目"]


def test_the_run_that_speaks_of_what_is_asked_is_counted() -> None:
    text = "结合创新、乡村、人才战略,同步规划措施、方式、途径、项目。"
    found = counting.members(text, Span(0, len(text)), lambda words: float("战略" in words))
    assert len(found) == 3


def test_two_things_are_no_run() -> None:
    text = "企业、学校都可以。"
    assert counting.members(text, Span(0, len(text)), lambda words: 1.0) == []


def test_numbered_items_are_counted() -> None:
    assert counting.items("应当具备下列条件：\n（一）章程；\n（二）教师；\n（三）场所。") == 3
    assert counting.items("依照本法第（一）项的规定。") == 0
