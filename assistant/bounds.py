"""Figures with the bound that limits them: 不少于6个月, 8%以上. Pure functions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.figures import FigureKind, figures, numbers
from corpus.document import Span

FRACTION = r"[一二三四五六七八九十百千万两几]+分之[一二三四五六七八九十百千万点几]+"
# What is no figure elsewhere (an article, a fraction), but here 一倍以上 must not become 一倍以下,
# nor 至少建设一个 become 最多建设一个.
_SMALL = re.compile(rf"[一两](?:[倍次万亿人名家所年天日周]|个月?)|\d+/\d+|{FRACTION}")
_AT_LEAST, _AT_MOST = "至少", "至多"
# One word for each bound, with the other ways to say it; tried in this order.
_BEFORE = (
    (_AT_LEAST, re.compile(r"(?:不[得准可能]?|不允许)(?:低于|少于|小于)|最少")),
    (_AT_MOST, re.compile(r"(?:不[得准可能]?|不允许)(?:超过|高于|多于|大于|超出)|最多")),
    ("低于", re.compile(r"少于|小于|不足|未达到?|不到|[不未]满")),
    ("超过", re.compile(r"高于|多于|大于|超出")),
)
_AFTER = (
    (_AT_LEAST, re.compile(r"([^，,。；;]{0,2}?)(?:及以上|以上)")),
    (_AT_MOST, re.compile(r"([^，,。；;]{0,2}?)(?:及以下|以内|以下|之内)|()内(?![容外部地设])")),
)
# A bound reaches so many characters: 不得低于工资总额的8%.
_REACH = re.compile(
    r".*(至少|至多|低于|超过|最低|最高|最长|最晚|最迟)[\u4e00-\u9fff]{0,8}$", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A figure or a party: what it is, how it is limited, and where it stands."""

    key: tuple[str, ...]
    span: Span
    bound: str = ""


def figure_mentions(text: str) -> list[Mention]:
    """Figures by kind, value and unit, in order; of a date, every number counts.

    Bounds are read in the form that `uniform` gives them.
    """
    found: list[tuple[Span, tuple[str, ...]]] = []
    key: tuple[str, ...]
    for figure in figures(text):
        if figure.kind is FigureKind.DATE:
            key = ("-".join(sorted(numbers(figure.span.of(text)))), "")
        else:
            key = (figure.value, figure.unit)
        found.append((figure.span, key))
    for match in _SMALL.finditer(text):
        span = Span(*match.span())
        if not any(other.start < span.end and span.start < other.end for other, _ in found):
            found.append((span, (match.group(),)))
    found.sort(key=lambda item: item[0].start)
    starts = [0, *(span.end for span, _ in found)]
    out = []
    for (span, key), after in zip(found, starts, strict=False):
        bound = _REACH.match(text[after : span.start])
        out.append(Mention(key, span, bound.group(1) if bound else ""))
    return out


def uniform(text: str) -> str:
    """The text with every bound said in one way: 不少于6个月 and 6个月以上 as 至少6个月."""
    for word, pattern in _BEFORE:
        text = pattern.sub(word, text)
    for mention in reversed(figure_mentions(text)):
        start, end = mention.span.start, mention.span.end
        for word, pattern in _AFTER:
            if after := pattern.match(text, end):
                kept = text[start:end] + (after.group(1) or "")
                text = text[:start] + word + kept + text[after.end() :]
                break
    return text
