"""Misspelt words put right by sound: homophones of the corpus' own words.

Chinese typing errors are mostly words of the same pinyin (the input method's wrong choice),
so a stretch that the corpus and the dictionary do not know, but that sounds like exactly one
word that the corpus does know, is read as that word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache

from pypinyin import lazy_pinyin

from index.tokenizer import stopwords

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_NUMERALS = re.compile(r"[一二三四五六七八九十百千万亿]")
_LONGEST, _SHORTEST = 6, 2
_COMMON = 3


@lru_cache(maxsize=65_536)
def _sound(text: str) -> tuple[str, ...]:
    # Southern speakers and quick typists mix these: zh/z, ch/c, sh/s, -ng/-n, n/l are folded.
    return tuple(
        re.sub(r"ng$", "n", re.sub(r"^([zcs])h", r"\1", syllable)) for syllable in lazy_pinyin(text)
    )


class Speller:
    """Reads misspelt stretches of a question as the corpus words that sound the same."""

    def __init__(
        self,
        vocabulary: Iterable[tuple[str, int]],
        cut: Callable[[str], list[str]],
        occurs: Callable[[str], bool],
    ) -> None:
        """`vocabulary` holds (corpus word, frequency); `cut` splits text into words; `occurs`
        tells whether a stretch of text stands in the corpus."""
        self._cut = cut
        self._occurs = occurs
        by_sound: defaultdict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
        for word, frequency in vocabulary:
            if _SHORTEST <= len(word) <= _LONGEST and _HAN.fullmatch(word):
                by_sound[_sound(word)].append((frequency, word))
        self._by_sound = {sound: max(words)[1] for sound, words in by_sound.items()}
        self._frequency = {word: n for words in by_sound.values() for n, word in words}
        self._likeliest = frozenset(self._by_sound.values())

    def correct(self, text: str) -> str:
        """The text with homophone errors put right; unchanged where nothing is sure."""
        return _HAN.sub(lambda match: self._correct_run(match.group(0)), text)

    def _correct_run(self, run: str) -> str:
        words, out, at = self._cut(run), "", 0
        while at < len(words):
            # Whole words only: 市|产教 must not be heard as 市场|教.
            for end in range(min(len(words), at + _LONGEST), at, -1):
                piece = "".join(words[at:end])
                if not _SHORTEST <= len(piece) <= _LONGEST:
                    continue
                if piece in self._likeliest:
                    out, at = out + piece, end
                    break
                # A word of the dictionary is meant as it stands, and so is what holds a function
                # word: looking sounds up takes time.
                if end - at == 1 or not stopwords().isdisjoint(words[at:end]):
                    continue
                word = self._by_sound.get(_sound(piece))
                if word and self._is_misspelt(piece, word):
                    out, at = out + word, end
                    break
            else:
                out, at = out + words[at], at + 1
        return out

    def _is_misspelt(self, piece: str, word: str) -> bool:
        # 第二师 is not meant to be 第二十.
        if word in stopwords() or _NUMERALS.findall(word) != _NUMERALS.findall(piece):
            return False
        # Single characters side by side (最多|罚|多少) are seldom a misspelt rare word.
        if len(piece) == 2 and self._frequency.get(word, 0) < _COMMON:
            return False
        shared = sum(a == b for a, b in zip(piece, word, strict=True))
        # Two characters, both wrong, is as likely chance as error. What the corpus itself says is
        # no error: asked last, as all its text is read for it.
        return (shared >= 1 or len(piece) >= 3) and not self._occurs(piece)
