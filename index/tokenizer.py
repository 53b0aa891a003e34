"""Chinese text as words: jieba with the corpus' own terms."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import jieba

from index import dictionary

_WORD = re.compile(r"[\u3400-\u9fffA-Za-z0-9.%〔〕]")
# 多少钱, 几号, 哪几个, 一年, 每个, 怎么办, 归谁: what asks or counts.
_QUESTION = re.compile(
    r"(?=.*[谁怎啥咋]).+$|[.%]+$|(?:多[少长久大高]|几|哪|每|何)[\u4e00-\u9fff]{0,2}$|[一二两三四五六七八九十百千万\d]+[\u4e00-\u9fff]?$"
)
# Asking expressions, taken out before the cut: 几个点交 must not be read as 点交.
_ASKING = re.compile(
    r"[按占达给]?(?:几分之几|百分之(?:几|多少)|几个点|几个月|几[成倍折级种类层档天年月日号]|多少倍?|多[长久大高](?:时间)?|"
    r"最[多少高低长短迟早晚快]|哪[一几]?[个些种类级项条年天])"
)
# How a question says it, not what it asks about; in a clause some of them count.
_MANNER = frozenset(
    "应该 该不该 可否 还有 不会 不用 用不用 需不需要 "
    "听说 难道 一块儿 往后 之前 之后 最后 天天 俩 刚".split()
)
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
jieba.setLogLevel(logging.WARNING)


@cache
def stopwords() -> frozenset[str]:
    """Function words and question words, which carry no content."""
    file = Path(__file__).with_name("stopwords.txt")
    lines = file.read_text(encoding="utf-8").splitlines()
    return frozenset(w for line in lines if not line.startswith("#") for w in line.split())


class Tokenizer:
    """Splits text into words; thread-safe."""

    def __init__(self, terms: Sequence[str] = ()) -> None:
        parsed = _parsed()
        self._jieba = jieba.Tokenizer()
        # A copy takes a hundredth of the time and memory of parsing the dictionary again.
        self._jieba.FREQ, self._jieba.total = dict(parsed.FREQ), parsed.total
        self._jieba.initialized = True
        for term in terms:
            self._jieba.add_word(term)
        # The steps of one answer cut the same question and its parts several times.
        self._words = lru_cache(maxsize=1024)(self._cut)

    def _cut(self, text: str) -> tuple[str, ...]:
        return tuple(w for w in self._jieba.cut(text.lower(), HMM=False) if _WORD.search(w))

    def words(self, text: str) -> list[str]:
        """Words in order, without overlap, punctuation dropped, Latin lower-cased."""
        return list(self._words(text))

    def content_words(self, text: str) -> list[str]:
        """Words without the stop words and without what only asks, in order."""
        return [
            word
            for word in self.words(without_asking(text))
            if word not in stopwords()
            and word not in _MANNER
            and not _QUESTION.match(word)
            and not dictionary.is_function_word(word)
        ]

    def parts(self, word: str) -> tuple[str, ...]:
        """The words that a compound is put together of, the longest first (科技成果转化: 科技成果,
        转化); none where they do not make up all of it.
        """
        found: list[str] = []
        at = 0
        while at < len(word):
            ends = range(min(len(word), at + len(word) - 1), at + 1, -1)
            end = next((end for end in ends if self._jieba.FREQ.get(word[at:end])), None)
            if end is None:
                return ()
            found.append(word[at:end])
            at = end
        return tuple(found)

    def tokens(self, text: str) -> list[str]:
        """Index tokens: words, the shorter words inside them, and character pairs.

        The pairs keep a misprint or an odd cut from losing the whole word.
        """
        lowered = text.lower()
        words = [
            w
            for w in self._jieba.cut_for_search(lowered, HMM=False)
            if _WORD.search(w) and w not in stopwords()
        ]
        pairs = [
            f"~{run[at : at + 2]}"
            for run in _HAN_RUN.findall(lowered)
            for at in range(len(run) - 1)
        ]
        return words + pairs


def plain_words(text: str) -> list[str]:
    """The text cut by jieba's own dictionary, without the terms of any corpus."""
    return list(_parsed().cut(text, HMM=False))


def without_asking(text: str) -> str:
    """The text with its asking expressions (多少, 几成, 最多) blanked out."""
    return _ASKING.sub(" ", text)


@cache
def _parsed() -> jieba.Tokenizer:
    """jieba with its own dictionary, parsed once for the process."""
    parsed = jieba.Tokenizer()
    # jieba keeps its parsed dictionary in a file; a private folder, so that no other user of
    # the machine can plant one.
    with tempfile.TemporaryDirectory(prefix="mingbai-jieba-") as folder:
        parsed.tmp_dir = folder
        parsed.initialize()
    return parsed
