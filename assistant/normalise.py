"""A question as typed, made uniform: width, script, white space. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from opencc import OpenCC

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SPACE = re.compile(r"\s+")
_HAN_SPACE = re.compile(r"(?<=[\u3400-\u9fff，。？！、；：])\s+(?=[\u3400-\u9fff，。？！、；：])")
_NAMED = re.compile(r"《[^》]*》|\([^)]*\)|（[^）]*）|“[^”]*”")
_PUNCTUATION = str.maketrans(",?!;:()", "，？！；：（）")


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional characters as simplified ones (OpenCC t2s)."""
    return str(_converter().convert(text))


def normalise(text: str) -> str:
    """One line of simplified Chinese in uniform width, without control or invisible characters."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    text = "".join(c if c.isprintable() or c.isspace() else " " for c in text)
    text = _SPACE.sub(" ", text).strip()
    text = simplified(text)
    if is_english(text):
        return text
    return _HAN_SPACE.sub("", text.translate(_PUNCTUATION))


def is_english(text: str) -> bool:
    """Whether Latin words outweigh Chinese characters; names in quotes or brackets do not count."""
    text = _NAMED.sub("", text)
    latin = len(re.findall(r"[A-Za-z]+", text))
    han = len(re.findall(r"[\u3400-\u9fff]", text))
    return latin >= 2 and latin > han / 2
