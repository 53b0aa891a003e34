"""Comparing words regardless of how they are written. Pure functions."""

from __future__ import annotations

import re
from functools import lru_cache

from eval.figures import canonical, narrow

_MARKS = re.compile(r"\[\d{1,2}\]")
_SILENT = re.compile(r"[\s，,。；;：:、！!？?“”\"'‘’「」『』《》〈〉（）()\[\]【】〔〕*_`·…—]+")
_ENDS = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*(?:\s*\[\d{1,2}\])*")
_DIGIT = re.compile(r"[\d.]")


def strip_marks(text: str) -> str:
    """The text without its citation marks `[1]`."""
    return _MARKS.sub("", text)


def marks(text: str) -> tuple[int, ...]:
    """The numbers of the citation marks in the text, in order."""
    return tuple(int(mark[1:-1]) for mark in _MARKS.findall(text))


@lru_cache(maxsize=8192)
def squeeze(text: str) -> str:
    """Half width, lower case, without white space and punctuation."""
    return _SILENT.sub("", narrow(text).lower())


def _holds(text: str, part: str) -> bool:
    """`part` occurs in `text` and cuts no number: `5家` is not in `15家`."""
    at = text.find(part)
    while at >= 0:
        end = at + len(part)
        cut_left = part[0].isdigit() and at > 0 and _DIGIT.match(text[at - 1])
        cut_right = part[-1].isdigit() and end < len(text) and _DIGIT.match(text[end])
        if not cut_left and not cut_right:
            return True
        at = text.find(part, at + 1)
    return False


def mentions(text: str, spelling: str) -> bool:
    """Whether the text says it: as spelt, or with its figures written otherwise (六个月, 6个月)."""
    if not (part := squeeze(spelling)):
        return False
    return _holds(squeeze(text), part) or _holds(
        squeeze(canonical(text)), squeeze(canonical(spelling))
    )


def sentences(text: str) -> tuple[str, ...]:
    """Sentences with the marks that follow them, for counting what is cited."""
    return tuple(part for raw in _ENDS.findall(text) if squeeze(strip_marks(part := raw.strip())))


def bigrams(text: str) -> set[str]:
    """Character bigrams of the squeezed text; the text itself where it is shorter."""
    bare = squeeze(text)
    return {bare[at : at + 2] for at in range(len(bare) - 1)} or ({bare} if bare else set())
