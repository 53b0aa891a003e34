"""What a sentence says otherwise than the words that are to prove it. Pure functions.

Whatever is put in or changed may turn the meaning, however small it is: 和 或, 施行前 施行后,
备案 批准, 部分企业. Which words do is an open list, so the lists here are those of what does no
harm: `_SAME` and `_GLUE`. Words may be left out as whole segments (between commas), as members
of a list, and before a verb, where they say who, how or when; not before a noun, which they
narrow (进口货物), and not where they are just a verb or a limit (停止, 以上). A segment left out
is a fault where it is the condition of what is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from assistant.alignment import aligned, cut, pairs
from assistant.bounds import figure_mentions
from index import dictionary

Words = Callable[[str], Sequence[str]]

# One form for what drafters say in several ways, so that words are cut alike in both texts. What
# obliges, permits and forbids is also counted elsewhere (`assistant.faithfulness.reversed_in`).
_SAME = tuple(
    (form, re.compile(pattern))
    for form, pattern in (
        ("和", "以及|及|与"),
        ("或", "或者"),
        ("应", "应当|应该|必须|须"),
        ("可", "可以"),
        ("不得", "不可|不准|不能|不允许"),
        ("按", "[按依遵]照"),
        ("根据", "依据"),
        ("但", "但是"),
        ("如", "如果|若"),
        ("对", "对于"),
        ("为", "为了"),
        ("全部", "所有"),
        ("包括", "包含"),
        ("需", "需要"),
        ("将", "把"),
        ("等", "等等"),
        ("采取", "采用"),
        ("", "[有相]关|进行|[予给]以|给予"),
    )
)
_OR = "或"
_LISTING = frozenset({"和", _OR, "、"})
# Words that may be put in: they join or round off and say nothing.
_GLUE = frozenset(
    "和 、 并 并且 且 也 还 的 了 等 是 即 其 该 这 这些 其中 同时 另外 此外 具体 来说 "
    "具体来说".split()
)
# Words that limit: where one of them alone is left out, more is said than is proved.
_LIMITS = frozenset(
    "或 至少 至多 低于 超过 以上 以下 以内 以外 之内 之外 左右 上下 前 后 以前 以后 之前 之后 "
    "内 外 部分 主要 先 暂 拟 被 约 近 满 起 止".split()
)
# What opens a noun, so that the words before it narrow it; a word unknown counts as a noun.
_NOUN = ("n", "j", "b", "vn", "an", "a", "l", "i", "f", "s", "m", "q", "uj")
_FIGURE, _ITEM = "#", "§"
_MARK = re.compile(r"^\s*(?:[（(][一二三四五六七八九十\d]+[）)]|\d+[.．、])")
_CONDITION = re.compile(
    r"(?:的|(?<!同)时|后|前|外|[况件提]下)[，,]?$|^(?:如果?|若|凡|除|未?经)(?=.{2})"
)


@dataclass(frozen=True, slots=True)
class _Source:
    """The words of some segments, and where each segment begins (the end included)."""

    words: tuple[str, ...]
    starts: frozenset[int]


def same(text: str) -> str:
    """The text with one form for what drafters say in several ways."""
    for form, pattern in _SAME:
        text = pattern.sub(form, text)
    return text


def _tokens(text: str, words: Words) -> tuple[str, ...]:
    """The words in the form in which they are compared; a figure or a list mark is one word."""
    out: list[str] = []
    if mark := _MARK.match(text):
        out.append(_ITEM + mark.group().strip())
        text = text[mark.end() :]
    at = 0
    for mention in figure_mentions(text):
        out += _split(text[at : mention.span.start], words)
        out.append(_FIGURE + " ".join(mention.key))
        at = mention.span.end
    return (*out, *_split(text[at:], words))


def _split(text: str, words: Words) -> Iterator[str]:
    for number, part in enumerate(text.split("、")):
        yield from ("、",) * (number > 0)
        yield from words(part)


def _source(segments: Sequence[tuple[str, ...]]) -> _Source:
    joined: list[str] = []
    starts = {0}
    for segment in segments:
        joined += segment
        starts.add(len(joined))
    return _Source(tuple(joined), frozenset(starts))


def _changes(
    own: tuple[str, ...], source: _Source, subjects: Sequence[tuple[str, ...]]
) -> Iterator[str]:
    """Each harmful difference of a segment's words from those of its source, as the words."""
    matcher = SequenceMatcher(None, source.words, own, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        old, new = source.words[i1:i2], own[j1:j2]
        if tag == "equal" or "".join(old) == "".join(new):
            continue
        said = [word for word in new if word not in _GLUE]
        if said:
            # What acts may be named again where it is left out after a comma.
            carried = j1 == 0 and set(old) <= _GLUE
            if not (carried and any(list(s[: len(said)]) == said for s in subjects)):
                yield "".join(new)
        elif new and _OR in (old[:1] + old[-1:]):
            yield "".join(new)
        elif _narrows(source, i1, i2, begins=j1 == 0, ends=j2 == len(own)):
            yield "".join(old)


def _narrows(source: _Source, start: int, end: int, begins: bool, ends: bool) -> bool:
    """Whether leaving out these words says more than with them, or something else.

    `begins`, `ends`: nothing of the source is said before, or after them.
    """
    at_head, at_tail = start in source.starts, end in source.starts
    if at_head and at_tail:
        return False
    left_out = [word for word in source.words[start:end] if not word.startswith(_ITEM)]
    rest = [word for word in left_out if word not in _GLUE and not word.startswith(_FIGURE)]
    if rest and (_LIMITS.issuperset(rest) or all(_tag(word) == "v" for word in rest)):
        return True
    # What goes on inside another segment than it left takes that one's end for its own.
    crosses = any(start < at < end for at in source.starts)
    if crosses and not (at_head or at_tail or begins or ends):
        return True
    listed = left_out and _LISTING & {left_out[0], left_out[-1]}
    how = len(rest) > 1 and _tag(left_out[0]) == "p"
    if listed or how or _GLUE.issuperset(left_out):
        return False
    if ends and not begins:
        return _is_noun(left_out[0])
    return not at_tail and _is_noun(source.words[end])


def _tag(word: str) -> str:
    return dictionary.tags().get(word, "n")


def _is_noun(word: str) -> bool:
    return word.startswith(_FIGURE) or (word not in _LISTING and _tag(word).startswith(_NOUN))


def changed(text: str, quote: str, words: Words) -> str:
    """The first words that the text puts in, changes or leaves out to another effect; else empty.

    Both texts have bounds and words in one form (`assistant.bounds.uniform`, `same`); `words`
    splits into words.
    """
    said, quoted = [s for s, _ in cut(text)], [s for s, _ in cut(quote)]
    known = [_tokens(segment, words) for segment in quoted]
    for mine, theirs in aligned(said, quoted):
        source = _source([known[n] for n in sorted(theirs)])
        subjects = known[: max(theirs, default=0)]
        for n in sorted(mine):
            for found in _changes(_tokens(said[n], words), source, subjects):
                return found
    return ""


def unconditional(text: str, quote: str) -> str:
    """The first segment that the text says without its condition, or under another's; else empty.

    A condition (…的，) rules what follows it in its part of a sentence (up to ；), and so does the
    part's first segment.
    """
    said, quoted = cut(text), cut(quote)
    known = [pairs(segment) for segment, _ in quoted]
    nearest = [_nearest(pairs(segment), known) for segment, _ in said]
    held = {places[0] for places in nearest if places}
    last: tuple[int, int] | None = None
    for (segment, part), places in zip(said, nearest, strict=True):
        under = last[1] if last and last[0] == part else None
        if places and not any(_ruled(quoted, place, held, under) for place in places):
            return segment
        if places and (_is_condition(segment) or _opens(quoted, places[0])):
            last = part, quoted[places[0]][1]
    return ""


def _is_condition(segment: str) -> bool:
    return bool(_CONDITION.search(segment.strip()))


def _opens(quoted: Sequence[tuple[str, int]], place: int) -> bool:
    return place == 0 or quoted[place - 1][1] != quoted[place][1]


def _ruled(
    quoted: Sequence[tuple[str, int]], place: int, held: set[int], under: int | None
) -> bool:
    """Whether a segment's conditions are held, and what was last said to rule is of its part."""
    part = quoted[place][1]
    own = [n for n in range(place) if quoted[n][1] == part and _is_condition(quoted[n][0])]
    return held.issuperset(own) and (_opens(quoted, place) or under in (None, part))


def _nearest(own: set[str], known: Sequence[set[str]]) -> list[int]:
    """The segments that share most with one, those with the least besides first."""
    shares = [len(own & other) for other in known]
    most = max(shares, default=0)
    found = [n for n, shared in enumerate(shares) if shared == most > 0]
    return sorted(found, key=lambda n: len(known[n]))
