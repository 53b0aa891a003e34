"""Figures as the evaluation reads them, apart from the assistant's own reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.numerals import to_chinese
from eval.figures import DOCUMENT_NUMBER, Figure, canonical, figures, unsupported


def pairs(text: str) -> list[tuple[str, str]]:
    return [(figure.value, figure.unit) for figure in figures(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("每五年累计不少于6个月", [("5", "年"), ("6", "个月")]),
        ("力争有1-2家纳入", [("1", "家"), ("2", "家")]),
        ("培养1万家以上", [("10000", "家")]),
        ("处5~10万元罚款", [("50000", "元"), ("100000", "元")]),
        ("五万元以上十万元以下", [("50000", "元"), ("100000", "元")]),
        ("超7成以上", [("70", "%")]),
        ("百分之二点五", [("2.5", "%")]),
        ("１．５％", [("1.5", "%")]),
        ("三分之一以上", [("1/3", "")]),
        ("1,000元", [("1000", "元")]),
        ("2024-12-31", [("2024", "年"), ("12", "月"), ("31", "日")]),
        ("2024年3月1日", [("2024", "年"), ("3", "月"), ("1", "日")]),
        ("第二十七条第二款", [("27", "第条"), ("2", "第款")]),
        ("财税〔2018〕51号", [("2018-51", DOCUMENT_NUMBER)]),
        ("30天", [("30", "日")]),
        ("1、甲；2、乙三项", [("3", "项")]),
        ("（1）甲（2）乙", []),
    ],
)
def test_reads_figures(text: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "X%",
        "工资总额的X%",
        "一个职业院校",
        "三年级",
        "四挂钩",
        "十四五",
        "千家万户",
        "十分重要",
        "20XX",
    ],
)
def test_redactions_articles_and_idioms_are_no_figures(text: str) -> None:
    assert figures(text) == ()


@given(st.integers(1, 9999))
def test_chinese_and_arabic_numerals_agree(value: int) -> None:
    arabic, chinese, wide = (
        f"{value}元",
        f"{to_chinese(value)}元",
        f"{value}元".translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)}),
    )
    assert pairs(arabic) == pairs(chinese) == pairs(wide) == [(str(value), "元")]


@given(
    st.text(alphabet="0123456789一二三十百万亿年月日%％.,-~至第条〔〕号个 成分之点XA", max_size=40)
)
def test_any_text_can_be_read(text: str) -> None:
    found = figures(text)
    assert all(figure.value for figure in found)
    canonical(text)


def test_units_must_agree_only_where_both_are_written() -> None:
    assert Figure("5", "家").agrees(Figure("5"))
    assert not Figure("5", "家").agrees(Figure("5", "%"))
    assert not Figure("5", "家").agrees(Figure("15", "家"))


def test_unsupported_names_what_no_source_has() -> None:
    assert unsupported(figures("有8家，占5%"), figures("至少5家，占百分之五")) == (
        Figure("8", "家"),
    )


def test_canonical_writes_all_spellings_alike() -> None:
    assert canonical("每五年累计六个月，占百分之八") == canonical("每5年累计6个月，占8%")
