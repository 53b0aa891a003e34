"""Figures are read alike however they are written."""

from __future__ import annotations

import pytest

from assistant.figures import FigureKind, figures, numbers


@pytest.mark.parametrize(
    ("text", "kind", "value", "unit"),
    [
        ("不低于30%", FigureKind.PERCENT, "30.0", "%"),
        ("不低于３０％".replace("３", "3").replace("０", "0"), FigureKind.PERCENT, "30.0", "%"),
        ("百分之三十", FigureKind.PERCENT, "30.0", "%"),
        ("超7成以上", FigureKind.PERCENT, "70.0", "%"),
        ("不少于6个月", FigureKind.DURATION, "6.0", "月"),
        ("每五年累计", FigureKind.DURATION, "5.0", "年"),
        ("至少有5家企业", FigureKind.COUNT, "5.0", "家"),
        ("1-2家", FigureKind.COUNT, "1.0-2.0", "家"),
        ("5000元以上", FigureKind.MONEY, "5000.0", "元"),
        ("处五万元罚款", FigureKind.MONEY, "5.0", "万元"),
        ("按X%提取", FigureKind.WITHHELD, "X", "%"),
        ("到2025年", FigureKind.DATE, "2025.0", "年"),
    ],
)
def test_a_figure_has_kind_value_and_unit(
    text: str, kind: FigureKind, value: str, unit: str
) -> None:
    (figure,) = figures(text)
    assert (figure.kind, figure.value, figure.unit) == (kind, value, unit)


def test_an_indefinite_article_is_no_count() -> None:
    assert figures("建设一个平台") == ()


def test_numbers_compare_by_value_whatever_the_script() -> None:
    assert numbers("每五年累计不少于6个月") >= numbers("5年6个月")
    assert "3.0" in numbers("(三)营造良好氛围")
    assert not numbers("没有数字")
