"""Figures in text: percentages, sums, durations, dates, counts. Pure functions.

A figure is a number with what it counts. Two figures agree when value and unit agree,
however they are written (30%, ３０％, 百分之三十, 三成).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from corpus.document import Span
from corpus.numerals import to_int


class FigureKind(StrEnum):
    """What a figure measures."""

    PERCENT = "percent"
    MONEY = "money"
    DURATION = "duration"
    DATE = "date"
    COUNT = "count"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, its unit and where it stands."""

    kind: FigureKind
    value: str
    unit: str
    span: Span


_N = r"(?:\d[\d,，]*(?:\.\d+)?|[〇零一二两三四五六七八九十百千]+)"
_RANGE = rf"{_N}(?:\s*[-—–~～至到]\s*{_N})?"
_MEASURES = "家个所项名人次条款章节批类种门台套亩所户篇份倍级届位支座期轮处件万"
_PATTERNS: tuple[tuple[FigureKind, re.Pattern[str]], ...] = (
    (
        FigureKind.WITHHELD,
        re.compile(r"(?<![A-Za-z\d])(?P<n>X+)(?P<u>[%％]|[万亿]?元|[家个名人所])"),
    ),
    (
        FigureKind.PERCENT,
        re.compile(
            rf"(?P<n>{_RANGE})\s*(?P<u>[%％]|个百分点|成)|百分之(?P<n2>{_N})|(?P<half>一半|半数|减半)"
        ),
    ),
    (FigureKind.MONEY, re.compile(rf"(?P<n>{_RANGE})\s*(?P<u>[百千万亿]*元)")),
    (
        FigureKind.DATE,
        re.compile(
            r"(?P<n>(?:19|20)\d{2})\s*(?:(?P<u>年)(?:\s*\d{1,2}月(?:\s*\d{1,2}日)?)?|年度)"
            r"|(?P<n2>\d{4}-\d{1,2}-\d{1,2})"
            rf"|(?P<n3>{_N})月(?:份|{_N}日)"
        ),
    ),
    (
        FigureKind.DURATION,
        re.compile(rf"(?P<n>{_RANGE})\s*(?P<u>个?(?:月|学年|学期|工作日|小时|周|季度)|年|日|天)"),
    ),
    (
        FigureKind.COUNT,
        re.compile(rf"(?P<n>{_RANGE})\s*(?P<u>[万亿]?[{_MEASURES}])(?!月|百分)"),
    ),
)
# 一个、一些、一批、一名…: an article rather than a count.
_INDEFINITE = re.compile(r"^[一两]$")


def _value(number: str) -> str:
    number = number.replace(",", "").replace("，", "")
    try:
        return str(float(number)) if re.fullmatch(r"[\d.]+", number) else str(float(to_int(number)))
    except ValueError:
        parts = re.split(r"\s*[-—–~～至到]\s*", number)
        return "-".join(_value(p) for p in parts) if len(parts) > 1 else number


@lru_cache(maxsize=16_384)
def figures(text: str) -> tuple[Figure, ...]:
    """The figures of a text, in order, without overlap."""
    found: list[Figure] = []
    taken: list[tuple[int, int]] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < e and s < end for s, e in taken):
                continue
            groups = match.groupdict()
            number = groups.get("n") or groups.get("n2") or groups.get("n3") or ""
            unit = groups.get("u") or ""
            if kind is FigureKind.PERCENT:
                value = "50.0" if groups.get("half") else _value(number)
                if unit == "成":
                    value = "-".join(str(float(v) * 10) for v in value.split("-"))
                unit = "%"
            elif kind is FigureKind.WITHHELD:
                value = "X"
            else:
                value = _value(number)
            if kind is FigureKind.COUNT and _INDEFINITE.match(number):
                continue
            unit = unit.removeprefix("个") or unit
            unit = "名" if unit == "人" else unit
            found.append(Figure(kind, value, unit, Span(start, end)))
            taken.append((start, end))
    return tuple(sorted(found, key=lambda figure: figure.span.start))


_BARE = re.compile(r"\d+(?:\.\d+)?")
_MARK = re.compile(r"[（(]([〇零一二三四五六七八九十百]+)[）)]|(?:^|\n)([一二三四五六七八九十]+)、")


def numbers(text: str) -> set[str]:
    """Every number that a text states, by value: what a quote must contain for a claim to stand."""
    values = {
        part for figure in figures(text) if figure.value != "X" for part in figure.value.split("-")
    }
    marks = {_value(a or b) for a, b in _MARK.findall(text)}
    return values | marks | {str(float(n)) for n in _BARE.findall(text)}
