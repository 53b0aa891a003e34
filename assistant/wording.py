"""What a question says beyond the clause it is held against, as character n-grams.

A clause may speak of everything a question names and still not answer it: 考核招聘有没有卡三十五岁
is about 考核招聘, and what the clause leaves unsaid (卡三十五岁) tells that it is not answered.
The weights of the n-grams are learned with those of `assistant.answerability`. Pure functions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

LONGEST = 3
# Stands for a stretch that the clause says too.
SAID = "□"
_BEGIN, _END = "^", "$"


def unsaid(question: str, clause: str) -> str:
    """The question with each stretch of two characters or more that stands in the clause as □."""
    shared = [False] * len(question)
    for at in range(len(question) - 1):
        if question[at : at + 2] in clause:
            shared[at] = shared[at + 1] = True
    kept: list[str] = []
    for char, said in zip(question, shared, strict=True):
        if not said:
            kept.append(char)
        elif kept[-1:] != [SAID]:
            kept.append(SAID)
    return "".join(kept)


def _ngrams(text: str) -> Iterator[str]:
    bare = f"{_BEGIN}{text.rstrip('？?。').lower()}{_END}"
    for length in range(1, LONGEST + 1):
        for at in range(len(bare) - length + 1):
            yield bare[at : at + length]


def features(question: str, clause: str) -> dict[str, float]:
    """N-grams of the question (`q:`) and of what the clause leaves unsaid (`u:`).

    Each kind has length 1 as a vector, whatever the length of the question.
    """
    found: dict[str, float] = {}
    for kind, text in (("q:", question), ("u:", unsaid(question, clause))):
        names = set(_ngrams(text))
        found.update(dict.fromkeys((kind + name for name in names), 1 / math.sqrt(len(names))))
    return found
