"""A provision on liability is read with the duties whose breach it names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.pipeline import Assistant
from assistant.sanctions import breached
from corpus.numerals import to_chinese


@given(st.lists(st.integers(1, 200), min_size=1, max_size=4, unique=True))
def test_every_article_named_is_found(numbers: list[int]) -> None:
    named = "、".join(f"第{to_chinese(number)}条" for number in numbers)
    assert breached(f"违反本法{named}规定的，由主管部门责令改正。") == tuple(numbers)


def test_articles_of_other_laws_and_of_procedure_are_no_breach() -> None:
    assert breached("违反治安管理规定的，依照本法第三条处理。") == ()
    assert breached("依照本法第四十七条规定支付经济补偿。") == ()


@pytest.mark.slow
def test_duties_are_texts_of_the_same_document(assistant: Assistant) -> None:
    found = assistant.duties["未成年人保护法#第一百二十五条"]
    assert assistant.library.clauses["未成年人保护法#第六十一条"].text[:60] in found
