"""What jieba's dictionary knows of a word: its part of speech (ICTCLAS tags)."""

from __future__ import annotations

from functools import cache

import jieba

# How much of a question's subject a word of each kind carries: nouns name it, verbs help,
# the rest is manner of speaking. Single characters are mostly verbs and particles.
_NOUN, _VERB, _OTHER, _SINGLE = 1.0, 0.5, 0.25, 0.3


@cache
def tags() -> dict[str, str]:
    """Tag of every dictionary word."""
    found = {}
    with jieba.get_dict_file() as file:
        for line in file:
            word, _, tag = line.decode("utf-8").split()
            found[word] = tag
    return found


# Pronouns, prepositions, conjunctions, particles, interjections.
_FUNCTION = frozenset("rpcuyeo")


def is_function_word(word: str) -> bool:
    """Whether the dictionary knows the word as one that names nothing (这么, 除了, 的话)."""
    return tags().get(word, "n")[0] in _FUNCTION


def is_place(word: str) -> bool:
    """Whether the dictionary knows the word as a place name."""
    return len(word) >= 2 and tags().get(word) == "ns"


def weight(word: str) -> float:
    """How much of a question's subject the word carries, 0-1; a word unknown counts as a noun."""
    if len(word) == 1 and not word.isascii():
        return _SINGLE
    tag = tags().get(word, "n")
    if tag[0] in "nj" or tag in ("vn", "an", "l", "i", "eng", "m"):
        return _NOUN
    return _VERB if tag[0] == "v" else _OTHER
