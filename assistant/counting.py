"""How many: the things that a sentence lists and does not count. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable

from corpus.document import Span

# A member of a run: 创新驱动发展、新型城镇化、……
_MEMBER = r"[^、，,。；;：:（）()\[\]“”\"\s]{1,24}"
_RUN = re.compile(rf"{_MEMBER}(?:、{_MEMBER}){{2,}}")
# Before the last member: 实现途径和重大项目.
_LAST = re.compile(r"(?<=..)(?:以及|和|及)(?=..)")
_ITEM = re.compile(r"(?:^|\n)\s*(?:[（(][一二三四五六七八九十]+[）)]|\d+[.．、])")


def items(text: str) -> int:
    """How many numbered items a quoted list has."""
    return len(_ITEM.findall(text))


def _members(text: str, run: Span) -> list[Span]:
    found: list[Span] = []
    start = run.start
    for member in run.of(text).split("、"):
        found.append(Span(start, start + len(member)))
        start += len(member) + 1
    last = found[-1]
    if cut := _LAST.search(last.of(text)):
        found[-1:] = [
            Span(last.start, last.start + cut.start()),
            Span(last.start + cut.end(), last.end),
        ]
    return found


def members(text: str, within: Span, coverage: Callable[[str], float]) -> list[Span]:
    """The members of the run (甲、乙和丙) in a sentence that speaks most of what is asked.

    Spans of `text`; empty where the sentence has no run of three. `coverage` tells how much of
    the question a stretch speaks of; the first of equal runs is taken.
    """
    runs = [
        Span(within.start + match.start(), within.start + match.end())
        for match in _RUN.finditer(within.of(text))
    ]
    if not runs:
        return []
    return _members(text, max(runs, key=lambda run: coverage(run.of(text))))
