"""Does a group that a policy describes include this enterprise or school?

A policy says whom it concerns in words ("规模以上企业", "接纳实习的单位"). What a profile
establishes is known for a small set of official terms; words outside that set are never
taken to fit: they stay to be confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final

from assistant.profile import Profile

Facts = Mapping[str, tuple[str, ...]]


class Truth(Enum):
    """What the profile says of a statement; OPEN where it does not cover the words."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A truth, the facts that it rests on and those that are missing for it (by name)."""

    truth: Truth
    used: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


# An official term and what a profile must say for it: one of the alternatives, each a set of
# facts that all hold. An alternative without facts always holds. The sheet is for the
# prefecture, so terms that only say so hold.
_ANY: Final[tuple[Facts, ...]] = ({},)
_CERTIFIED: Final[tuple[Facts, ...]] = ({"fusion": ("certified",)},)
_PILOT: Final[tuple[Facts, ...]] = ({"fusion": ("pilot",)},)
_INTERNS: Final[tuple[Facts, ...]] = ({"takes_interns": ("yes",)},)
_TRAINING: Final[tuple[Facts, ...]] = ({"runs_training": ("yes",)},)
_VOCATIONAL: Final[tuple[Facts, ...]] = ({"kind": ("vocational",)},)
_PRIVATE: Final[tuple[Facts, ...]] = ({"ownership": ("nonprofit", "profit")},)

TERMS: Final[Mapping[str, Mapping[str, tuple[Facts, ...]]]] = {
    "enterprise": {
        "企业": _ANY,
        "单位": _ANY,
        "用人单位": _ANY,
        "企业事业组织及其他社会组织": _ANY,
        "自治州的企业": _ANY,
        "民族自治地方的企业": _ANY,
        "规模以上企业": ({"above_scale": ("yes",)},),
        "中小企业": ({"size": ("medium", "small", "micro")},),
        "小型微型企业": ({"size": ("small", "micro")},),
        "国有企业": ({"kind": ("state",)},),
        "民营经济组织": ({"kind": ("private",)},),
        "产教融合型企业": _CERTIFIED,
        "符合条件、被认定为产教融合型企业的": _CERTIFIED,
        "已认定为产教融合型企业": _CERTIFIED,
        "经认证进入产教融合型企业目录的": _CERTIFIED,
        "经认证进入目录": _CERTIFIED,
        "试点企业": _PILOT,
        "纳入产教融合型企业建设培育范围的": _PILOT,
        "纳入产教融合型企业建设培育范围": _PILOT,
        "实习单位": _INTERNS,
        "接收学生实习实训的": _INTERNS,
        "接收岗位实习学生的": _INTERNS,
        "接纳实习的": _INTERNS,
        "开展职工培训的": _TRAINING,
        "有职工教育经费支出的": _TRAINING,
    },
    "school": {
        "单位": _ANY,
        "用人单位": _ANY,
        "学校": ({"kind": ("vocational", "university")},),
        "院校": ({"kind": ("vocational", "university")},),
        "职业学校": _VOCATIONAL,
        "职业院校": _VOCATIONAL,
        "普通职业学校": _VOCATIONAL,
        "职业学校专业课教师（含实习指导教师）": _VOCATIONAL,
        "职业学校的专业课教师（含实习指导教师）": _VOCATIONAL,
        "职业学校专业课教师": _VOCATIONAL,
        "职业培训机构": ({"kind": ("training",)},),
        "高等学校": (
            {"kind": ("university",)},
            {"kind": ("vocational",), "level": ("college", "bachelor")},
        ),
        "高职院校": ({"kind": ("vocational",), "level": ("college", "bachelor")},),
        "公办学校": ({"ownership": ("public",)},),
        "公办职业学校": ({"ownership": ("public",), "kind": ("vocational",)},),
        "国家设立的高等院校": ({"ownership": ("public",), "kind": ("university",)},),
        "民办学校": _PRIVATE,
        "非营利性民办学校": ({"ownership": ("nonprofit",)},),
        "学校是非营利性的": ({"ownership": ("nonprofit",)},),
        "学历教育民办学校": (
            {"ownership": ("nonprofit", "profit"), "kind": ("vocational", "university")},
        ),
        "统一组织岗位实习的": ({"sends_interns": ("yes",)},),
    },
}

_FIRST_TOKEN: Final = 0xE000  # private use: a term that was found stands as one character
_TOKEN: Final = re.compile("[\ue000-\uefff]")
_OR: Final = re.compile(r"、|和|(?<!参)与|或者|及其|以及|(?<!普)及")
_AND: Final = re.compile(r"[，；、]|并且|并")
_ASIDE: Final = re.compile(r"（含([^）]+)）")


def holds(profile: Profile, facts: Facts) -> Verdict:
    """Whether all the facts hold."""
    known = {name: getattr(profile, name) for name in facts}
    if any(value is not None and value not in facts[name] for name, value in known.items()):
        return Verdict(Truth.NO)
    missing = tuple(name for name, value in known.items() if value is None)
    if missing:
        return Verdict(Truth.UNKNOWN, missing=missing)
    return Verdict(Truth.YES, used=tuple(facts))


def either(verdicts: Iterable[Verdict]) -> Verdict:
    """One of several suffices."""
    all_ = list(verdicts)
    # UNKNOWN before OPEN: the missing fact may settle it, and can be asked for.
    for truth in (Truth.YES, Truth.UNKNOWN, Truth.OPEN):
        fitting = [verdict for verdict in all_ if verdict.truth is truth]
        if fitting:
            return _merge(truth, fitting[:1] if truth is Truth.YES else fitting)
    return Verdict(Truth.NO)


def both(verdicts: Iterable[Verdict]) -> Verdict:
    """All are needed."""
    all_ = list(verdicts)
    for truth in (Truth.NO, Truth.OPEN, Truth.UNKNOWN):
        if any(verdict.truth is truth for verdict in all_):
            return _merge(truth, all_) if truth is not Truth.NO else Verdict(truth)
    return _merge(Truth.YES, all_)


def _merge(truth: Truth, verdicts: Iterable[Verdict]) -> Verdict:
    all_ = list(verdicts)
    used = dict.fromkeys(name for verdict in all_ for name in verdict.used)
    missing = dict.fromkeys(name for verdict in all_ for name in verdict.missing)
    return Verdict(truth, tuple(used), tuple(missing))


@cache
def _pattern(who: str) -> re.Pattern[str]:
    # Longest first: 公办职业学校 must not be read as 职业学校.
    return re.compile("|".join(sorted(map(re.escape, TERMS[who]), key=len, reverse=True)))


def _tokens(profile: Profile, text: str) -> tuple[str, list[Verdict]]:
    """The text with each term as one private character, and what the profile says of each."""
    terms = TERMS[profile.who]
    verdicts: list[Verdict] = []

    def token(found: re.Match[str]) -> str:
        verdicts.append(either(holds(profile, facts) for facts in terms[found.group()]))
        return chr(_FIRST_TOKEN + len(verdicts) - 1)

    return _pattern(profile.who).sub(token, text), verdicts


def _part(text: str, verdicts: list[Verdict]) -> Verdict:
    """A stretch of tokens; words left between them are not covered."""
    if _TOKEN.sub("", text).removesuffix("等").strip("的"):
        return Verdict(Truth.OPEN)
    return both(verdicts[ord(char) - _FIRST_TOKEN] for char in _TOKEN.findall(text))


def belongs(profile: Profile, group: str) -> Verdict:
    """Whether the profile is of a described group, such as `开展职工培训的企业`.

    What stands before the last 的 narrows all that follows; of those, one suffices. An
    aside （含……） names a group that is included whatever stands before.
    """
    text, verdicts = _tokens(profile, group)
    included = [_part(aside, verdicts) for aside in _ASIDE.findall(text)]
    text = _ASIDE.sub("", text)
    before, _, heads = text.rpartition("的")
    if not heads:
        before, heads = "", text
    # A term may itself end in 的; its token then stands right before the head.
    narrowed = both(
        [
            _part(before, verdicts),
            either(_part(head, verdicts) for head in _OR.split(heads) if head),
        ]
    )
    return either([narrowed, *included])


def meets(profile: Profile, condition: str) -> Verdict:
    """Whether the profile establishes a condition; none is met by all."""
    text, verdicts = _tokens(profile, condition)
    return both(_part(part, verdicts) for part in _AND.split(text) if part)
