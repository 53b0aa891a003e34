"""Cutting text into words, and putting misspelt words right by their sound."""

from collections.abc import Sequence

import pytest

from index.spelling import Speller
from index.tokenizer import Tokenizer, plain_words

TERMS = ("产教融合", "实训基地", "职工教育经费")
CORPUS = "深化产教融合，建设实训基地，企业按规定提取职工教育经费。"


def test_each_tokenizer_has_the_terms_of_its_own_corpus() -> None:
    text = "深化产教融合"
    assert "产教融合" in Tokenizer(["产教融合"]).words(text)
    assert "产教融合" not in Tokenizer().words(text)
    assert "产教融合" not in plain_words(text)


def test_words_given_twice_are_lists_of_their_own() -> None:
    tokenizer = Tokenizer()
    first = tokenizer.words("建设实训基地")
    first.clear()
    assert tokenizer.words("建设实训基地")


def speller(words: Sequence[tuple[str, int]]) -> Speller:
    return Speller(words, Tokenizer(TERMS).words, lambda text: text in CORPUS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("产较融合是什么", "产教融合是什么"),
        ("实训鸡地怎么建", "实训基地怎么建"),
        # Zh and z, -ng and -n are mixed up by many.
        ("资工教育经费提多少", "职工教育经费提多少"),
        ("产教融合是什么", "产教融合是什么"),
        # A word of the dictionary is meant as it stands, though a corpus word sounds like it.
        ("企业的事迹", "企业的事迹"),
        # What the corpus itself says is no error.
        ("深化产教融合", "深化产教融合"),
        ("plan 2024", "plan 2024"),
    ],
)
def test_misspelt_words_are_read_by_sound(typed: str, meant: str) -> None:
    known = [*((term, 5) for term in TERMS), ("实际", 9), ("企业", 9)]
    assert speller(known).correct(typed) == meant


def test_what_stands_in_the_corpus_is_not_taken_for_an_error() -> None:
    typed = "实训鸡地怎么建"
    words = Tokenizer(TERMS).words
    assert Speller([("实训基地", 5)], words, lambda text: True).correct(typed) == typed


def test_a_numeral_is_never_read_into_a_word() -> None:
    words = [("第二十", 9), ("实训基地", 5)]
    assert speller(words).correct("第二师有没有方案") == "第二师有没有方案"


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("科技成果转化", ("科技成果", "转化")),
        ("劳动合同", ("劳动", "合同")),
        ("工资", ()),
        ("产教融合", ()),
    ],
)
def test_a_compound_is_taken_apart_where_its_parts_make_up_all_of_it(
    word: str, parts: tuple[str, ...]
) -> None:
    tokenizer = Tokenizer(["科技成果转化", "产教融合", "实训基地"])
    assert tokenizer.parts(word) == parts


@pytest.mark.parametrize("word", ["怎么办", "归谁", "这么", "除了", "的话", "由谁来"])
def test_what_asks_or_joins_is_no_content(word: str) -> None:
    assert word not in Tokenizer().content_words(f"合同不签{word}，工资")
