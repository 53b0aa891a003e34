"""Yes or no: what a provision's modal verb says to a question's. Pure functions.

The modal verbs of Chinese drafting (Technical Norms for Legislation, 2009, part 3): 应当 and
必须 oblige, 不得 and 禁止 forbid, 可以 permits, 鼓励 and 支持 encourage.
"""

from __future__ import annotations

import re
from enum import StrEnum

from assistant.figures import Figure, FigureKind, figures


class Modality(StrEnum):
    """What a provision does."""

    FORBID = "forbid"
    OBLIGE = "oblige"
    PERMIT = "permit"
    ENCOURAGE = "encourage"


class Verdict(StrEnum):
    """The answer to a yes-or-no question."""

    CAN = "can"
    CANNOT = "cannot"
    MUST = "must"
    OPTIONAL = "optional"
    TRUE = "true"
    FALSE = "false"
    OTHER_FIGURE = "other_figure"


_FORBID = re.compile(r"不得|禁止|严禁|不准|不允许|不予|不能|不应|不可")
_OBLIGE = re.compile(
    r"应当|必须|(?<![对相适反响供])应(?![用对届聘变急])|须|有义务|足额|要(?!求|素|点|么)|确保"
)
_PERMIT = re.compile(r"可以|允许|准予|有权|可(?![持能行操])|享受|免征|减免|免缴")
_ENCOURAGE = re.compile(r"支持|鼓励|引导|倡导")
_ASKS_NEED = re.compile(
    r"必须|要不要|需不需要|需要|应不应|应该|用不用|得不得|强制|"
    r"非得|义务|硬性|一定要|\bmust\b|\bhave to\b|required|obliged",
    re.I,
)
_ASKS_ABILITY = re.compile(
    r"能|可以|可不可以|允许|行不行|行吗|可否|准不准|\bcan\b|\bmay\b|allowed", re.I
)
_NEGATED = re.compile(
    r"(?:不|没|未|拒绝|只)(?!少|得|是|同|低|过|能[吗不]|可[以否])[\u4e00-\u9fff]{1,12}?(?:可以|能|行)|"
    r"(?:能|可以|可)不(?!能|可以|可)[\u4e00-\u9fff]"
)


def modality(text: str) -> Modality | None:
    """The strongest modality that a provision states."""
    for value, pattern in (
        (Modality.FORBID, _FORBID),
        (Modality.PERMIT, _PERMIT),
        (Modality.OBLIGE, _OBLIGE),
        (Modality.ENCOURAGE, _ENCOURAGE),
    ):
        if pattern.search(text):
            return value
    return None


def _contradicted(asked: tuple[Figure, ...], quote: str) -> Verdict | None:
    stated = [f for f in figures(quote) if f.kind is not FigureKind.WITHHELD]
    for claim in asked:
        same = [f for f in stated if f.kind is claim.kind and f.unit == claim.unit]
        if same:
            values = {v for f in same for v in (f.value, *f.value.split("-"))}
            return Verdict.TRUE if claim.value in values else Verdict.OTHER_FIGURE
    return None


def _speaks_of_omission(question: str, quote: str) -> bool:
    """Whether what the question leaves out (不签协议) is what the quote demands (应当签订协议)."""
    match = re.search(r"(?:不|没|未)(?!能|可|行)([\u4e00-\u9fff]{1,4})", question)
    return bool(match and any(char in quote for char in match.group(1)[:2]))


def _speaks_of_the_opposite(question: str, quote: str) -> bool:
    """Whether the quote rules for those who are not what the question is about (非营利性)."""
    named = re.findall(r"非([\u4e00-\u9fff]{2})", quote)
    return any(name in question and f"非{name}" not in question for name in named)


def verdict(question: str, asked: tuple[Figure, ...], quote: str) -> Verdict | None:
    """What the quote says to the question; None where it does not decide it."""
    if asked and (checked := _contradicted(asked, quote)):
        return checked
    if _speaks_of_the_opposite(question, quote):
        return None
    stated = modality(quote)
    if stated is None:
        return None
    if _ASKS_NEED.search(question):
        # A provision that obliges and permits in one breath obliges.
        if stated is Modality.PERMIT and _OBLIGE.search(quote):
            return Verdict.MUST
        return {
            Modality.FORBID: Verdict.CANNOT,
            Modality.OBLIGE: Verdict.MUST,
            Modality.PERMIT: Verdict.OPTIONAL,
            Modality.ENCOURAGE: Verdict.OPTIONAL,
        }[stated]
    if _ASKS_ABILITY.search(question):
        negated = bool(_NEGATED.search(question))
        if stated is Modality.FORBID:
            return None if negated else Verdict.CANNOT
        if stated is Modality.OBLIGE:
            return Verdict.CANNOT if negated and _speaks_of_omission(question, quote) else None
        return None if negated else Verdict.CAN
    return None
