"""Figures in Chinese policy text, in one canonical form. Pure functions.

A figure is a number with its unit, a percentage, a part of a date, an ordinal or a document
number, in Arabic or Chinese numerals, full or half width. Redacted figures (X, X%) are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from corpus.numerals import to_int

# Full-width forms but the comma, which must not join two figures into one.
_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF05, 0xFF5F) if code != 0xFF0C}
_ARABIC = r"\d+(?:,\d{3})*(?:\.\d+)?"
_CHINESE = r"[〇零一二两三四五六七八九十][〇零一二两三四五六七八九十百千]*"
_EITHER = rf"(?:{_ARABIC}|{_CHINESE}(?:点[〇零一二三四五六七八九]+)?)"
_MAGNITUDE = {
    "十": 10,
    "百": 100,
    "千": 1000,
    "万": 10**4,
    "百万": 10**6,
    "千万": 10**7,
}
_MAGNITUDE |= {"亿": 10**8, "万亿": 10**12}
_SCALE = "(?:万亿|千万|百万|亿|万|千|百|十)"
_MEASURES = (
    "个月 个工作日 个自然日 个学时 个课时 工作日 平方米 平方公里 周岁 小时 分钟 学时 课时 学分 "
    "公里 公顷 学年 学期 年 月 日 天 周 元 人 名 家 户 所 个 项 条 种 类 次 倍 亩 岁 届 门 台 套 "
    "批 支 位 款 章 节 编 部 期 处 座 只 件 篇 成 折"
)
_UNITS = sorted(_MEASURES.split(), key=len, reverse=True)
_UNIT = "(?:" + "|".join(_UNITS) + ")"
_SAME_UNIT = {
    "天": "日",
    "名": "人",
    "个工作日": "工作日",
    "个自然日": "日",
    "周岁": "岁",
}
_SAME_UNIT |= {"个学时": "学时", "个课时": "课时"}
# 一 before these is an article ("a"), not a count.
_ARTICLE_UNITS = frozenset("个项条种类次批家名位人门支部期处件成款篇")
_REFERENCE_UNITS = frozenset("条款项章节编号目")

DOCUMENT_NUMBER = "文号"
_FIGURE = re.compile(
    rf"""
      [〔\[(【](?P<doc_year>\d{{4}})[〕\])】](?:第)?(?P<doc>\d+)号
    | (?<![\d.])(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?![\d.])
    | (?P<per>百|千|万)分之(?P<share>{_EITHER})
    | (?P<below>{_CHINESE})分之(?P<above>{_CHINESE})
    | 第(?P<ordinal>{_EITHER})(?P<of>{_UNIT}|号|目)?
    | (?<![A-Za-z\d.])(?P<arabic>{_ARABIC})(?P<scale>{_SCALE})?[余多]?
      (?:\s?(?P<unit>%|‰|个百分点|{_UNIT})|(?![A-Za-z\d]))
    | (?<![统同唯专单逐])(?P<chinese>{_CHINESE}(?:点[〇零一二三四五六七八九]+)?)
      (?P<cscale>万亿|亿|万)?[余多]?(?P<cunit>{_UNIT}|倍)(?!级)
    """,
    re.VERBOSE,
)
_RANGE = re.compile(r"[-~—–－至到]{1,2}")
_ENUMERATOR = re.compile(
    r"(?:(?<=[\n；;。：:])|^)\s*\d{1,2}(?:[、)）]|[.．](?!\d))|[(（]\d{1,2}[)）]"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A value in canonical decimal form and its unit, empty where none is written."""

    value: str
    unit: str = ""

    @property
    def is_reference(self) -> bool:
        """True for `第五条`, `第2项` or a document number: it points to a source."""
        return self.unit == DOCUMENT_NUMBER or (
            self.unit.startswith("第") and self.unit[1:] in _REFERENCE_UNITS
        )

    def agrees(self, other: Figure) -> bool:
        """Same value, and the same unit where both write one."""
        if self.value != other.value:
            return False
        return self.unit == other.unit or not self.unit or not other.unit


@dataclass(frozen=True, slots=True)
class Found:
    """A figure and where it stands in the narrowed text."""

    figure: Figure
    start: int
    end: int


def narrow(text: str) -> str:
    """Full-width letters, digits and the signs around figures as half width; same length."""
    return text.translate(_WIDE)


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimal(numeral: str) -> Decimal:
    if numeral[0].isdigit():
        return Decimal(numeral.replace(",", ""))
    whole, _, part = numeral.partition("点")
    return Decimal(f"{to_int(whole)}.{''.join(str(to_int(char)) for char in part) or '0'}")


def _unit(written: str | None) -> str:
    return _SAME_UNIT.get(written or "", written or "")


def _read(match: re.Match[str]) -> tuple[Figure, ...]:
    group = match.groupdict()
    if group["doc"]:
        return (Figure(f"{group['doc_year']}-{int(group['doc'])}", DOCUMENT_NUMBER),)
    if group["y"]:
        return (
            Figure(group["y"], "年"),
            Figure(str(int(group["m"])), "月"),
            Figure(str(int(group["d"])), "日"),
        )
    if group["share"]:
        unit = {"百": "%", "千": "‰", "万": "‱"}[group["per"]]
        return (Figure(_plain(_decimal(group["share"])), unit),)
    if group["below"]:
        return (Figure(f"{to_int(group['above'])}/{to_int(group['below'])}"),)
    if group["ordinal"]:
        return (Figure(_plain(_decimal(group["ordinal"])), f"第{group['of'] or ''}"),)
    if group["arabic"]:
        value = _decimal(group["arabic"]) * _MAGNITUDE.get(group["scale"] or "", 1)
        if group["unit"] == "成":
            return (Figure(_plain(value * 10), "%"),)
        return (Figure(_plain(value), _unit(group["unit"])),)
    if group["chinese"] == "一" and group["cunit"] in _ARTICLE_UNITS and not group["cscale"]:
        return ()
    value = _decimal(group["chinese"]) * _MAGNITUDE.get(group["cscale"] or "", 1)
    if group["cunit"] == "成":
        return (Figure(_plain(value * 10), "%"),)
    return (Figure(_plain(value), _unit(group["cunit"])),)


def _scale(match: re.Match[str]) -> int:
    return _MAGNITUDE.get(match["scale"] or match["cscale"] or "", 1)


@lru_cache(maxsize=8192)
def find(text: str) -> tuple[Found, ...]:
    """Every figure of the text in order; in `1-2家` both ends have the unit 家."""
    plain = narrow(text)
    matches = list(_FIGURE.finditer(plain))
    found: list[Found] = []
    for at, match in enumerate(matches):
        try:
            figures = _read(match)
        except ValueError:
            continue
        if match["arabic"] and not match["unit"] and at + 1 < len(matches):
            after = matches[at + 1]
            if _RANGE.fullmatch(plain[match.end() : after.start()]) and (
                after["arabic"] or after["chinese"]
            ):
                end = _read(after)
                value = Decimal(figures[0].value) * (1 if match["scale"] else _scale(after))
                if end:
                    figures = (Figure(_plain(value), end[0].unit),)
        found += [Found(figure, match.start(), match.end()) for figure in figures]
    return tuple(found)


def figures(text: str) -> tuple[Figure, ...]:
    """The figures of a statement, list numbering (`1、`, `(2)`) left out."""
    return tuple(item.figure for item in find(_ENUMERATOR.sub(" ", text)))


_NUMBERING = re.compile(
    rf"[(（](?P<inner>{_EITHER})[)）]|^(?P<first>{_EITHER})[、.．]", re.MULTILINE
)


def numbering(text: str) -> tuple[Figure, ...]:
    """The numbers that list marks bear (`(三)`, `14、`): the last one proves how many there are."""
    out = []
    for match in _NUMBERING.finditer(narrow(text)):
        try:
            out.append(Figure(_plain(_decimal(match["inner"] or match["first"]))))
        except ValueError:
            continue
    return tuple(out)


def canonical(text: str) -> str:
    """The text with every figure written as canonical value and unit."""
    plain = narrow(text)
    out, at = [], 0
    for item in find(text):
        if item.start < at:
            out.append(f"{item.figure.value}{item.figure.unit}")
            continue
        out += [plain[at : item.start], item.figure.value, item.figure.unit]
        at = item.end
    return "".join((*out, plain[at:]))


def unsupported(claim: Iterable[Figure], sources: Iterable[Figure]) -> tuple[Figure, ...]:
    """The figures of a claim that agree with none of the sources'."""
    known = tuple(sources)
    return tuple(item for item in claim if not any(item.agrees(other) for other in known))
