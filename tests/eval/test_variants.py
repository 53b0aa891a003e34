"""Variants of a question change how it is typed, not what it asks."""

import re

from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from eval.figures import narrow
from eval.variants import VARIANTS, variants

QUESTION = "我们公司每年要提取多少职工教育经费，比例是5%吗？"
SENTENCES = st.lists(
    st.sampled_from(
        [
            "企业",
            "学校",
            "职工教育经费",
            "每五年",
            "6个月",
            "方案第14条",
            "怎么",
            "申请",
            "补贴",
            "？",
            "吗",
            "5%",
            "，",
        ]
    ),
    min_size=1,
    max_size=12,
).map("".join)


def test_every_variant_is_made_and_differs() -> None:
    made = variants(QUESTION, 13)
    assert set(made) == set(VARIANTS)
    assert QUESTION not in made.values()


@given(SENTENCES, st.integers(0, 5))
def test_same_seed_same_variants_and_figures_are_kept(question: str, seed: int) -> None:
    made = variants(question, seed)
    assert made == variants(question, seed)
    digits = re.findall(r"\d+", question)
    for text in made.values():
        assert re.findall(r"\d+", narrow(text)) == digits


def test_other_seeds_give_other_typos() -> None:
    assert len({variants(QUESTION, seed)["typo"] for seed in range(8)}) > 1


@given(SENTENCES, st.integers(0, 5))
def test_a_typo_sounds_the_same(question: str, seed: int) -> None:
    if typo := variants(question, seed).get("typo"):
        assert len(typo) == len(question)
        changed = [(a, b) for a, b in zip(question, typo, strict=True) if a != b]
        assert len(changed) == 1
        assert lazy_pinyin(changed[0][0]) == lazy_pinyin(changed[0][1])


@given(SENTENCES, st.integers(0, 5))
def test_dropping_takes_at_most_two_characters_away(question: str, seed: int) -> None:
    if shorter := variants(question, seed).get("dropped"):
        assert 1 <= len(question) - len(shorter) <= 2


def test_english_questions_only_change_their_width() -> None:
    assert set(variants("How many months every five years?", 1)) == {"width"}


def test_traditional_characters() -> None:
    assert "職工" in variants(QUESTION, 1)["traditional"]
