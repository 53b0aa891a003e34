"""What stands in the corpus: as `in` on its text would say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.occurrence import CorpusText

TEXTS = st.text(alphabet="产教融合a\n", max_size=12)


@given(TEXTS, TEXTS)
def test_it_agrees_with_the_text(text: str, part: str) -> None:
    assert (part in CorpusText(text)) == (part in text)


@pytest.mark.parametrize("part", ["产融", "产教融", "教融合产", "𠮷", "", "\ud800产"])
def test_pairs_alone_do_not_make_a_word(part: str) -> None:
    text = "产教，教融，融合，合产"
    assert (part in CorpusText(text)) == (part in text)
