"""A question of several parts as one question a part. Pure functions.

方案说多少，国家又怎么规定 asks two things of two sources; each part is retrieved and answered by
itself (query decomposition).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from assistant.naming import Held, named_documents
from corpus.document import Document

MAX_PARTS = 3
# A part with fewer words of its own goes on with the topic of the first part: what is said before
# anything is asked, or its weightiest words.
_OWN_WORDS = 4
_TOPIC_WORDS = 3
_LONGEST_PREAMBLE = 24
_SENTENCE = re.compile(r"[？?；;。！!]+")
_COMMA = re.compile(r"[，,：:]")
_ASKS = re.compile(
    r"(?<!没)(?<!没有)(?:多少|几|什么|啥)|怎么|怎样|如何|咋|谁|哪|吗|呢|么$|([能让给交认支有是可])不\1|有没有|是不是|能否|是否|"
    r"分别|干嘛|\b(?:what|who|how|which|when|does|is|are|can)\b",
    re.I,
)
# What one source says, told before another is asked about.
_STATES = re.compile(
    r"(?:方案|法律?|规定|条例|国家|文件|州里)[^，]?(?:说|讲|提|要|让|给|写|规定|要求|支持)"
)
# Words that speak of the source itself.
SOURCE_WORDS = frozenset(
    "方案 文件 国家 法律 规定 条例 数 写 州 州里 部里 政策 有 提 说 讲".split()
)
# 契税和耕地占用税分别怎么算: the same is asked of two things.
_EACH = re.compile(
    r"(?:^|(?<=[，的]))(?P<a>[\u4e00-\u9fff]{2,10}?)(?:和|与|跟|以及|、)"
    r"(?P<b>[\u4e00-\u9fff]{2,10}?)(?=(?:，[^，]{0,14})?(?:分别|各自?[是有按]))"
)
_LOCAL = re.compile(r"州里|我州|本州|自治州|咱们?州|州方案")
_LAW = re.compile(r"法律|法里|法定")
_NATIONAL = re.compile(r"国家|全国|中央|部里|部委|条例|国务院")
_BOTH = re.compile(
    r"[都各]|分别|一样|一致|差|区别|不同|比|两|说法|\b(?:both|respectively|differ)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a question; `documents` are those to answer it from (None: any)."""

    text: str
    documents: frozenset[str] | None


def sources_of(
    text: str, documents: Sequence[Document], laws: Sequence[str]
) -> list[frozenset[str] | None]:
    """The sources that a text appeals to, each as the documents it means."""
    named = named_documents(text, documents, laws)
    held = Held.of(documents)
    plans = held.plans
    found: list[frozenset[str] | None] = [frozenset({name}) for name in named if name not in plans]
    if plans & set(named) or _LOCAL.search(text):
        found.append(plans)
    elsewhere = [name for name in named if name not in plans]
    if _LAW.search(text) and not held.laws & set(named):
        found.append(held.laws)
    elif _NATIONAL.search(text) and not elsewhere:
        found.append(held.others)
    return found


def _asked_in_a_row(piece: str) -> list[str]:
    """由谁收、率是多少 as two; 企业、学校有哪些义务 stays one."""
    named = piece.split("、")
    if len(named) > 1 and all(_ASKS.search(name) for name in named):
        return named
    return [piece]


def _preamble(piece: str) -> str:
    """What a piece says before it asks: 公司出培训费 in 公司出培训费，能约定服务期吗."""
    said: list[str] = []
    for stretch in _COMMA.split(piece):
        if _ASKS.search(stretch):
            break
        said.append(stretch)
    return "，".join(said)


def _pieces(text: str, documents: Sequence[Document], laws: Sequence[str]) -> list[str]:
    """The text cut where one thing asked ends and another begins."""
    pieces: list[str] = []
    for whole in _SENTENCE.split(text):
        cut: list[str] = []
        for piece in chain.from_iterable(map(_asked_in_a_row, _COMMA.split(whole))):
            if not piece.strip():
                continue
            before = cut[-1] if cut else ""
            other = sources_of(piece, documents, laws)
            differ = (
                other and _STATES.search(before) and other != sources_of(before, documents, laws)
            )
            if cut and not (_ASKS.search(piece) and (_ASKS.search(before) or differ)):
                cut[-1] = f"{before}，{piece}"
            else:
                cut.append(piece)
        # What comes before the first thing asked is the topic of all: keep it with the first.
        if pieces and cut and not _ASKS.search(pieces[-1]):
            cut[0] = f"{pieces.pop()}，{cut[0]}"
        pieces += cut
    return pieces


def parts(
    text: str,
    documents: Sequence[Document],
    laws: Sequence[str],
    weights: Callable[[str], dict[str, float]],
) -> tuple[Part, ...]:
    """The parts of a question, at most `MAX_PARTS`; empty where it has only one.

    `weights` gives the content words of a text, each with its weight.
    """
    found: list[Part] = []
    topic = ""
    for piece in _pieces(text, documents, laws):
        words = weights(piece)
        sources = sources_of(piece, documents, laws)
        if found and not set(words) - SOURCE_WORDS:
            # 方案怎么写的: where to look, unless another source was asked before.
            last = found[-1]
            if not sources or last.documents is None:
                found[-1] = Part(last.text, sources[0] if sources else last.documents)
                continue
        whole = piece
        # A single character is no more than half a word: 职|教|法|放宽.
        if topic and sum(len(word) > 1 for word in words) < _OWN_WORDS:
            whole = f"{topic}{piece}"
        each = _EACH.search(piece) if len(sources) < 2 else None
        if each and not found:
            named = (each["a"], each["b"])
            texts = [piece[: each.start()] + name + piece[each.end() :] for name in named]
            found += [Part(text, sources[0] if sources else None) for text in texts]
        elif len(sources) >= 2 and (_BOTH.search(piece) or len(sources) > len(found)):
            found += [Part(whole, source) for source in sources]
        else:
            found.append(Part(whole, sources[0] if len(sources) == 1 else None))
        own = sorted(set(words) - SOURCE_WORDS, key=lambda word: (-words[word], word))
        said = _preamble(piece)
        if not topic and said and len(said) <= _LONGEST_PREAMBLE:
            topic = f"{said}，"
        topic = topic or "".join(f"{w} " for w in sorted(own[:_TOPIC_WORDS], key=piece.find))
    return tuple(found[:MAX_PARTS]) if len(found) >= 2 else ()
