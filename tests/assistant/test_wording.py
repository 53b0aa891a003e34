"""What a question says beyond a clause."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from assistant.wording import SAID, features, unsaid

_TEXT = st.text(alphabet="企业学校实习多少年罚款要不退", max_size=20)


def test_stretches_that_the_clause_says_are_masked() -> None:
    assert unsaid("考核招聘有没有卡三十五岁", "可采取考核方式招聘专业教师") == (
        f"{SAID}有没有卡三十五岁"
    )


@given(_TEXT, _TEXT)
def test_nothing_is_left_of_what_stands_in_the_clause(question: str, clause: str) -> None:
    left = unsaid(question, f"{clause}{question}{clause}")
    assert left == (SAID if len(question) > 1 else question)


@given(_TEXT, _TEXT)
def test_nothing_is_masked_that_the_clause_does_not_say(question: str, clause: str) -> None:
    kept = unsaid(question, clause).split(SAID)
    assert all(part in question for part in kept)
    if not any(question[at : at + 2] in clause for at in range(len(question) - 1)):
        assert kept == [question]


@given(_TEXT.filter(bool), _TEXT)
def test_each_kind_has_length_one(question: str, clause: str) -> None:
    found = features(question, clause)
    for kind in ("q:", "u:"):
        values = [value for name, value in found.items() if name.startswith(kind)]
        assert math.isclose(math.hypot(*values), 1.0)
