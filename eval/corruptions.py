"""Sentences made unfaithful, or said otherwise, in known ways. Pure functions, by a seeded rng.

Each takes a sentence of a clause and gives back the altered one, or None where it does not
apply. `CORRUPTIONS` change what the sentence says; `PARAPHRASES` do not.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

from assistant.extract import segments
from corpus.document import Span
from eval.figures import figures as figures_of
from eval.figures import find

Change = Callable[[str, random.Random], str | None]

_BARE_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_CHINESE_DIGIT = re.compile(r"[二三四五六七八九](?=[年个月日倍家名次项亿万千百十%])")
_PARTIES = (
    "教育行政部门",
    "人力资源社会保障部门",
    "财政部门",
    "税务机关",
    "市场监督管理部门",
    "行业主管部门",
    "县级以上地方人民政府",
    "国务院",
    "职业学校",
    "高等学校",
    "用人单位",
    "企业",
    "学校",
    "教师",
    "学生",
    "职工",
)
_PARTY = re.compile("|".join(sorted(_PARTIES, key=len, reverse=True)))
_FLIPS = (
    ("不得", "可以"),
    ("应当", "不应"),
    ("可以", "不得"),
    ("必须", "不必"),
    ("禁止", "允许"),
    ("不予", "予以"),
    ("鼓励", "禁止"),
    ("支持", "限制"),
    ("按规定", "不按规定"),
)
_MODES = (
    ("可以", "必须"),
    ("应当", "可以"),
    ("鼓励", "要求"),
    ("支持", "要求"),
    ("必须", "可以"),
    ("原则上", ""),
    ("优先", ""),
)
_BOUNDS = (
    ("不低于", "不超过"),
    ("不少于", "不超过"),
    ("不超过", "不少于"),
    ("以上", "以下"),
    ("以内", "以上"),
    ("至少", "最多"),
    ("不得低于", "不得高于"),
    ("不低于", ""),
    ("不少于", ""),
    ("不超过", ""),
)
_CONNECTIVES = (
    ("或者", "和"),
    ("或", "和"),
    ("和", "或者"),
    ("以及", "或者"),
    ("及", "或"),
    ("与", "或"),
)
_TIMES = (
    ("之前", "之后"),
    ("之后", "之前"),
    ("以前", "以后"),
    ("以后", "以前"),
    ("前", "后"),
    ("后", "前"),
    ("已", "将"),
    ("将", "已"),
    ("及时", "适时"),
    ("逐步", "立即"),
    ("每年", "每月"),
    ("定期", "不定期"),
)
_SCOPES = (
    ("全部", "部分"),
    ("所有", "部分"),
    ("部分", "全部"),
    ("各级", "上级"),
    ("各类", "个别"),
    ("任何", "部分"),
    ("其他", "所有"),
    ("一律", "可"),
    ("共同", "分别"),
    ("规模以上", "规模以下"),
    ("县级以上", "县级以下"),
    ("县级以上", "县级"),
    ("部分", ""),
    ("主要", ""),
)
_TERMS = (
    ("备案", "批准"),
    ("批准", "备案"),
    ("审批", "备案"),
    ("提高", "降低"),
    ("增加", "减少"),
    ("扩大", "缩小"),
    ("牵头", "配合"),
    ("配合", "牵头"),
    ("负责", "协助"),
    ("免征", "减征"),
    ("减征", "免征"),
    ("公办", "民办"),
    ("民办", "公办"),
    ("奖励", "处罚"),
    ("罚款", "警告"),
    ("吊销", "暂扣"),
    ("培养", "培训"),
    ("培训", "培养"),
    ("书面", "口头"),
    ("公开", "保密"),
    ("停止", ""),
    ("终止", ""),
    ("撤销", ""),
    ("营利性", "公益性"),
)
_CONDITION = re.compile(r"的$|[^同]时$|[前后外]$|[况件提]下$|^(?:如|若|凡|除|经|未经)")
_WITHHELD = re.compile(r"(?<![A-Za-z])\d*X+(?![A-Za-z])")
_INVENTED = (
    "并由财政给予一次性奖励",
    "逾期不报的取消资格",
    "具体名单由主管部门另行公布",
    "相关费用全部由政府承担",
    "并须经专家评审通过",
)
_INVENTIONS = (
    "企业每年可以申请一次专项补贴，由主管部门当场发放。",
    "学校需要在每学期末提交书面报告，否则停止招生。",
    "对表现突出的单位给予通报表扬和现金奖励。",
    "符合要求的企业可以免除全部税费，并优先获得土地。",
)


def altered_figure(text: str, rng: random.Random) -> str | None:
    """One number changed to another that the sentence does not have."""
    held = {figure.value for figure in figures_of(text)}
    places = [m.span() for m in _BARE_DIGITS.finditer(text)]
    places += [m.span() for m in _CHINESE_DIGIT.finditer(text)]
    if not places:
        return None
    start, end = rng.choice(places)
    old = text[start:end]
    if old[0].isdigit():
        value = float(old)
        choices = [
            f"{value + step:g}" for step in (1, 2, 5, 10, 3) if f"{value + step:g}" not in held
        ]
    else:
        choices = [c for c in "二三四五六七八九" if c != old]
    return text[:start] + rng.choice(choices) + text[end:] if choices else None


def swapped_figures(text: str, rng: random.Random) -> str | None:
    """Two figures of one unit change places: each is in the clause, neither where it belongs."""
    found = [item for item in find(text) if _BARE_DIGITS.search(text[item.start : item.end])]
    pairs = [
        (a, b)
        for at, a in enumerate(found)
        for b in found[at + 1 :]
        if a.figure.unit == b.figure.unit
        and a.figure.value != b.figure.value
        and len(text[a.end : b.start]) > 4
    ]
    if not pairs:
        return None
    a, b = rng.choice(pairs)
    one, other = text[a.start : a.end], text[b.start : b.end]
    return text[: a.start] + other + text[a.end : b.start] + one + text[b.end :]


def altered_bound(text: str, rng: random.Random) -> str | None:
    """At least becomes at most, or the limit is left out."""
    fitting = [
        (a, b)
        for a, b in _BOUNDS
        if re.search(rf"{a}[^，。]{{0,6}}[\d一二三四五六七八九十]|[\d十]+[^，。]{{0,2}}{a}", text)
    ]
    if not fitting:
        return None
    old, new = rng.choice(fitting)
    return text.replace(old, new, 1)


def altered_party(text: str, rng: random.Random) -> str | None:
    """One body or party replaced by another."""
    places = list(_PARTY.finditer(text))
    if not places:
        return None
    place = rng.choice(places)
    others = [p for p in _PARTIES if p not in place.group() and place.group() not in p]
    return text[: place.start()] + rng.choice(others) + text[place.end() :]


def swapped_parties(text: str, rng: random.Random) -> str | None:
    """Two parties change places: each is in the clause."""
    places = list(_PARTY.finditer(text))
    pairs = [
        (a, b)
        for at, a in enumerate(places)
        for b in places[at + 1 :]
        if a.group() not in b.group()
        and b.group() not in a.group()
        and not re.fullmatch("[、和与及或]*", text[a.end() : b.start()])
    ]
    if not pairs:
        return None
    a, b = rng.choice(pairs)
    return text[: a.start()] + b.group() + text[a.end() : b.start()] + a.group() + text[b.end() :]


def _replaced(text: str, table: tuple[tuple[str, str], ...], rng: random.Random) -> str | None:
    fitting = [(old, new) for old, new in table if old in text and new not in ("", text)]
    fitting += [(old, new) for old, new in table if old in text and new == ""]
    if not fitting:
        return None
    old, new = rng.choice(fitting)
    return text.replace(old, new, 1)


def flipped(text: str, rng: random.Random) -> str | None:
    """What is forbidden is allowed, what is due is not."""
    return _replaced(text, _FLIPS, rng)


def altered_mode(text: str, rng: random.Random) -> str | None:
    """May becomes must, must becomes may, a reservation is left out."""
    return _replaced(text, _MODES, rng)


def altered_connective(text: str, rng: random.Random) -> str | None:
    """And becomes or, or becomes and."""
    return _replaced(text, _CONNECTIVES, rng)


def altered_time(text: str, rng: random.Random) -> str | None:
    """Before becomes after, done becomes due."""
    return _replaced(text, _TIMES, rng)


def altered_scope(text: str, rng: random.Random) -> str | None:
    """All becomes some, some becomes all, and what is limited otherwise than by a figure."""
    return _replaced(text, _SCOPES, rng)


def altered_term(text: str, rng: random.Random) -> str | None:
    """One term becomes another, or the verb that turns the one after it is left out."""
    return _replaced(text, _TERMS, rng)


def dropped_condition(text: str, rng: random.Random) -> str | None:
    """A condition (…的，) is left out of what it rules."""
    parts = _parts(text)
    places = [n for n, part in enumerate(parts[:-1]) if part.endswith("的")]
    if not places:
        return None
    at = rng.choice(places)
    return "，".join(part for n, part in enumerate(parts) if n != at) + "。"


def crossed_conditions(text: str, rng: random.Random) -> str | None:
    """What follows from one condition is said of another."""
    ruled = [
        match.groups()
        for part in _body(text).split("；")
        if (match := re.fullmatch(r"(.*?的，)([^，]*?(?:，.*)?)", part))
    ]
    if len(ruled) < 2:
        return None
    at = rng.randrange(len(ruled) - 1)
    (condition, one), (_, other) = ruled[at], ruled[at + 1]
    return f"{condition}{other}。" if one != other else None


def _body(text: str) -> str:
    return text.rstrip("。；;，, ")


def invented_part(text: str, rng: random.Random) -> str | None:
    """A true sentence goes on with something that no clause says."""
    return f"{_body(text)}，{rng.choice(_INVENTED)}。"


def invented(text: str, rng: random.Random) -> str | None:
    """Another sentence altogether."""
    return rng.choice(_INVENTIONS)


def filled_in(text: str, rng: random.Random) -> str | None:
    """A withheld figure is given."""
    if not _WITHHELD.search(text):
        return None
    return re.sub(
        r"(?<![A-Za-z])\d*X+(?![A-Za-z])", lambda _: rng.choice(("3", "5", "8", "20")), text
    )


CORRUPTIONS: Mapping[str, Change] = {
    "figure": altered_figure,
    "swapped_figures": swapped_figures,
    "bound": altered_bound,
    "party": altered_party,
    "swapped_parties": swapped_parties,
    "negation": flipped,
    "modality": altered_mode,
    "connective": altered_connective,
    "time": altered_time,
    "scope": altered_scope,
    "term": altered_term,
    "condition": dropped_condition,
    "crossed_conditions": crossed_conditions,
    "invented_part": invented_part,
    "invented": invented,
    "withheld": filled_in,
}

# ------------------------------------------------------------------ the same said otherwise
_WORDS = (
    ("以及", "和"),
    ("应当", "应"),
    ("可以", "可"),
    ("进行", ""),
    ("按照", "按"),
    ("对于", "对"),
    ("并且", "并"),
    ("有关规定", "规定"),
    ("予以", ""),
    ("或者", "或"),
    ("有关", "相关"),
    ("依照", "按照"),
    ("根据", "依据"),
    ("必须", "须"),
    ("不得", "不准"),
    ("给予", "予以"),
    ("所有", "全部"),
)
_SAME_BOUNDS = (
    ("不得低于", "不低于"),
    ("不得少于", "不少于"),
    ("不得超过", "不超过"),
    ("不低于", "至少"),
    ("不少于", "至少"),
    ("至少", "不少于"),
    ("不超过", "至多"),
    ("以内", "之内"),
)
_OR_MORE = re.compile(r"(\d+(?:\.\d+)?(?:%|个月|年|名|人|万元|元|天|日))以上")
_GLUE = ("同时，", "其中，", "具体来说，", "另外，")


def _parts(text: str) -> list[str]:
    body = _body(text)
    return [_body(span.of(body)) for span in segments(body, Span(0, len(body)), bound=False)]


def dropped_part(text: str, rng: random.Random) -> str | None:
    """One part between commas left out that is no condition of others."""
    parts = _parts(text)
    free = [n for n, part in enumerate(parts) if n and not _CONDITION.search(part)]
    if len(parts) < 3 or not free:
        return None
    at = rng.choice(free)
    return "，".join(part for n, part in enumerate(parts) if n != at) + "。"


def first_parts(text: str, rng: random.Random) -> str | None:
    """The first parts only."""
    parts = _parts(text)
    return "，".join(parts[: rng.randrange(1, len(parts))]) + "。" if len(parts) > 1 else None


def reordered(text: str, rng: random.Random) -> str | None:
    """Two parts after the first change places."""
    parts = _parts(text)
    # Across ； another condition would come to rule the part.
    if len(parts) < 3 or "；" in text:
        return None
    at = rng.randrange(1, len(parts) - 1)
    parts[at], parts[at + 1] = parts[at + 1], parts[at]
    return "，".join(parts) + "。"


def rebounded(text: str, rng: random.Random) -> str | None:
    """A bound in other words."""
    if match := _OR_MORE.search(text):
        return f"{text[: match.start()]}不少于{match.group(1)}{text[match.end() :]}"
    return _replaced(text, _SAME_BOUNDS, rng)


def reworded(text: str, rng: random.Random) -> str | None:
    """A function word in its shorter form."""
    fitting = [(old, new) for old, new in _WORDS if old in text]
    if not fitting:
        return None
    old, new = rng.choice(fitting)
    return text.replace(old, new, 1)


def glued(text: str, rng: random.Random) -> str | None:
    """A word that joins it to the sentence before."""
    return rng.choice(_GLUE) + text


def copied(text: str, rng: random.Random) -> str | None:
    """Word for word."""
    return text


PARAPHRASES: Mapping[str, Change] = {
    "copied": copied,
    "dropped_part": dropped_part,
    "first_parts": first_parts,
    "reordered": reordered,
    "reworded": reworded,
    "rebounded": rebounded,
    "glued": glued,
}
