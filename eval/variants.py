"""The same question as other people would type it. Pure functions, deterministic by seed."""

from __future__ import annotations

import logging
import random
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache

import jieba
from opencc import OpenCC
from pypinyin import lazy_pinyin

_HAN = re.compile(r"[\u4e00-\u9fff]")
_FIGURE = re.compile(r"[\d〇零一二两三四五六七八九十百千万亿%％]")
jieba.setLogLevel(logging.WARNING)
# A tokenizer of our own: the one that jieba shares may have learned the corpus' terms.
_WORDS = jieba.Tokenizer()
_OPENINGS = (
    "那个，",
    "请教一下，",
    "就是想问问，",
    "嗯，我想了解一下，",
    "哎，",
    "问个事儿，",
)
_ENDINGS = ("", "啊", "呢", "，谁知道", "，说说看")
_GREETINGS = (
    "您好，",
    "老师您好，麻烦问一下，",
    "打扰了，想请您帮忙看看，",
    "领导好，向您咨询：",
)
_THANKS = ("谢谢！", "麻烦您了，谢谢。", "辛苦了！", "感谢！")
_HALF = str.maketrans("，。？！：；（）“”、", ',.?!:;()"",')


@cache
def _homophones() -> dict[str, tuple[str, ...]]:
    """Common characters (GB 2312, level 1) by toneless pinyin."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            try:
                char = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            groups[lazy_pinyin(char)[0]].append(char)
    return {sound: tuple(chars) for sound, chars in groups.items()}


@cache
def _traditional() -> OpenCC:
    return OpenCC("s2t")


def typo(question: str, rng: random.Random) -> str:
    """One character of a word typed as another of the same sound."""
    places = []
    at = 0
    for word in _WORDS.lcut(question):
        if len(word) > 1:
            places += [at + n for n, char in enumerate(word) if _HAN.match(char)]
        at += len(word)
    rng.shuffle(places)
    for place in places:
        char = question[place]
        if _FIGURE.match(char):
            continue
        others = [one for one in _homophones().get(lazy_pinyin(char)[0], ()) if one != char]
        if others:
            return question[:place] + rng.choice(others) + question[place + 1 :]
    return question


def dropped(question: str, rng: random.Random) -> str:
    """One short word left out; never a figure or what stands beside one (its unit).

    The longest word stays too: it carries the topic.
    """
    words = _WORDS.lcut(question)
    longest = max((len(word) for word in words), default=0)
    free = [
        n
        for n, word in enumerate(words)
        if _HAN.match(word)
        and len(word) <= 2
        and len(word) < longest
        and not _FIGURE.search("".join(words[max(n - 1, 0) : n + 2]))
    ]
    if len(words) < 5 or not free:
        return question
    gone = rng.choice(free)
    return "".join(word for n, word in enumerate(words) if n != gone)


def width(question: str, rng: random.Random) -> str:
    """Half-width signs, full-width letters and digits: what input methods mix up."""
    return "".join(
        chr(ord(char) + 0xFEE0) if char.isascii() and char.isalnum() else char.translate(_HALF)
        for char in question
    )


def traditional(question: str, rng: random.Random) -> str:
    """Traditional characters (OpenCC)."""
    return str(_traditional().convert(question))


def _bare(question: str) -> str:
    return question.rstrip("？?。！! ")


def filler(question: str, rng: random.Random) -> str:
    """Words that say nothing, before and after."""
    return f"{rng.choice(_OPENINGS)}{_bare(question)}{rng.choice(_ENDINGS)}？"


def polite(question: str, rng: random.Random) -> str:
    """A greeting before and thanks after."""
    return f"{rng.choice(_GREETINGS)}{_bare(question)}？{rng.choice(_THANKS)}"


VARIANTS: Mapping[str, tuple[str, Callable[[str, random.Random], str]]] = {
    "typo": ("同音错字", typo),
    "dropped": ("漏字", dropped),
    "width": ("全半角", width),
    "traditional": ("繁体", traditional),
    "filler": ("口头语", filler),
    "polite": ("客套话", polite),
}


def variants(question: str, seed: int) -> dict[str, str]:
    """Every variant that differs from the question, by name; the same for the same seed.

    A question without Chinese characters has only those that change its width.
    """
    made = {}
    is_chinese = bool(_HAN.search(question))
    for name, (_, change) in VARIANTS.items():
        text = change(question, random.Random(f"{seed}|{name}|{question}"))
        if text != question and (is_chinese or name == "width"):
            made[name] = text
    return made
